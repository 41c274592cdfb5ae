// Secrets that are known by their shape: the access keys and tokens whose makers begin them with letters of their own,
// so that scanners like this one find them wherever they stand.
#pragma once

#include <cstddef>
#include <string_view>

namespace hindcast::redact {

enum class TokenLength { Full, Any }; ///< Any: a name was cut off, so a token may be

/// Length of the token that begins at `at`; 0 = none. Only where no letter or digit stands before.
std::size_t tokenAt(std::string_view text, std::size_t at, TokenLength length = TokenLength::Full);

/// The access key of an AWS account ("AKIA…"), beside which its secret of 40 characters is to be expected.
bool isAwsKey(std::string_view token);

/// Length of the run of base64 digits at `at` when it has just the 40 characters of an AWS secret, else 0.
std::size_t awsSecretAt(std::string_view text, std::size_t at);

/// Length of "-----BEGIN … PRIVATE KEY-----" at `at`; 0 = none.
std::size_t privateKeyBeginning(std::string_view text, std::size_t at);

} // namespace hindcast::redact
