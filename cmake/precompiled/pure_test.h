// For tests of pure folders.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pure.h"
