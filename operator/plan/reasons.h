// Every reason that a condition or an Event may carry: a closed list, part of the API, explained
// one by one in docs/conditions.md (a test compares both).
#pragma once

#include <array>
#include <string_view>

namespace mpl::plan::reason {

// Ready
inline constexpr std::string_view kMetricsServed = "MetricsServed";
inline constexpr std::string_view kNotActive = "NotActive";
inline constexpr std::string_view kInvalidSpec = "InvalidSpec";
inline constexpr std::string_view kNamespaceMissing = "NamespaceMissing";
inline constexpr std::string_view kNamespaceTerminating = "NamespaceTerminating";
inline constexpr std::string_view kReferenceMissing = "ReferenceMissing";
inline constexpr std::string_view kApplyFailed = "ApplyFailed";
inline constexpr std::string_view kForbidden = "Forbidden";
inline constexpr std::string_view kApiNotAnswering = "APINotAnswering";
inline constexpr std::string_view kDeleting = "Deleting";
// Available
inline constexpr std::string_view kReplicasAvailable = "ReplicasAvailable";
inline constexpr std::string_view kReplicasUnavailable = "ReplicasUnavailable";
// APIServicesRegistered
inline constexpr std::string_view kRegistered = "Registered";
inline constexpr std::string_view kWaitingForEndpoints = "WaitingForEndpoints";
inline constexpr std::string_view kWarmingUp = "WarmingUp";
inline constexpr std::string_view kConflictingProvider = "ConflictingProvider";
inline constexpr std::string_view kRegistrationContested = "RegistrationContested";
inline constexpr std::string_view kWithdrawn = "Withdrawn";
inline constexpr std::string_view kBackendUnavailable = "BackendUnavailable";
// ScrapeHealthy
inline constexpr std::string_view kAllNodesHealthy = "AllNodesHealthy";
inline constexpr std::string_view kFewNodesFailing = "FewNodesFailing";
inline constexpr std::string_view kNodesFailing = "NodesFailing";
inline constexpr std::string_view kNoNodesHealthy = "NoNodesHealthy";  // also of Available
inline constexpr std::string_view kNoNodesSelected = "NoNodesSelected";
inline constexpr std::string_view kConfigurationRefused = "ConfigurationRefused";
inline constexpr std::string_view kNoReport = "NoReport";
// KubeletTLSVerified
inline constexpr std::string_view kAllVerified = "AllVerified";
inline constexpr std::string_view kPinned = "Pinned";
inline constexpr std::string_view kCertificateRefused = "CertificateRefused";
inline constexpr std::string_view kInsecureByConfiguration = "InsecureByConfiguration";
// CertificatesValid
inline constexpr std::string_view kValid = "Valid";
inline constexpr std::string_view kSecretMissing = "SecretMissing";
inline constexpr std::string_view kCertificateInvalid = "CertificateInvalid";
// Paused
inline constexpr std::string_view kManaged = "Managed";
inline constexpr std::string_view kUnmanaged = "Unmanaged";
// Reconciling
inline constexpr std::string_view kRollingOut = "RollingOut";
inline constexpr std::string_view kApplyingConfiguration = "ApplyingConfiguration";
inline constexpr std::string_view kRegistering = "Registering";
// Events only; the others tell of a condition that turned.
inline constexpr std::string_view kDriftCorrected = "DriftCorrected";
inline constexpr std::string_view kFormerOwnerGone = "FormerOwnerGone";

inline constexpr std::array kAll = {kMetricsServed,
                                    kNotActive,
                                    kInvalidSpec,
                                    kNamespaceMissing,
                                    kNamespaceTerminating,
                                    kReferenceMissing,
                                    kApplyFailed,
                                    kForbidden,
                                    kApiNotAnswering,
                                    kDeleting,
                                    kReplicasAvailable,
                                    kReplicasUnavailable,
                                    kRegistered,
                                    kWaitingForEndpoints,
                                    kWarmingUp,
                                    kConflictingProvider,
                                    kRegistrationContested,
                                    kWithdrawn,
                                    kBackendUnavailable,
                                    kAllNodesHealthy,
                                    kFewNodesFailing,
                                    kNodesFailing,
                                    kNoNodesHealthy,
                                    kNoNodesSelected,
                                    kConfigurationRefused,
                                    kNoReport,
                                    kAllVerified,
                                    kPinned,
                                    kCertificateRefused,
                                    kInsecureByConfiguration,
                                    kValid,
                                    kSecretMissing,
                                    kCertificateInvalid,
                                    kManaged,
                                    kUnmanaged,
                                    kRollingOut,
                                    kApplyingConfiguration,
                                    kRegistering,
                                    kDriftCorrected,
                                    kFormerOwnerGone};

}  // namespace mpl::plan::reason
