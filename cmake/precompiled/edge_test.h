// For tests of edge folders.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge.h"
