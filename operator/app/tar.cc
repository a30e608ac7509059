#include "operator/app/tar.h"

#include <array>
#include <cstdio>
#include <cstring>

namespace mpl::app {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kLargest = (std::size_t{1} << 33U) - 1;  // eleven octal digits

// Fields by offset and size, as the standard lays them out.
struct Field {
  std::size_t offset, size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12},
    kTime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kMagic{257, 6}, kVersion{263, 2},
    kPrefix{345, 155};

using Header = std::array<char, kBlock>;

void Put(Header& header, Field field, const std::string& text) {
  std::memcpy(header.data() + field.offset, text.data(), std::min(text.size(), field.size));
}

// Leading zeros, and one byte left for the NUL.
void PutOctal(Header& header, Field field, std::uint64_t value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*llo", static_cast<int>(field.size - 1),
                static_cast<unsigned long long>(value));
  Put(header, field, text.data());
}

// The sum of all bytes, the field itself taken as blanks.
void PutChecksum(Header& header) {
  Put(header, kChecksum, std::string(kChecksum.size, ' '));
  std::uint64_t sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%06llo", static_cast<unsigned long long>(sum));
  Put(header, kChecksum, std::string(text.data(), 6) + std::string("\0 ", 2));
}

// Long paths are divided at a slash.
Result<void> PutPath(Header& header, const std::string& path) {
  if (path.size() <= kName.size) {
    Put(header, kName, path);
    return {};
  }
  const auto slash = path.find('/', path.size() - kName.size - 1);
  if (slash == std::string::npos || slash > kPrefix.size) {
    return Fail(ErrorKind::kInvalid, path + ": is too long a path for a tar archive");
  }
  Put(header, kPrefix, path.substr(0, slash));
  Put(header, kName, path.substr(slash + 1));
  return {};
}

Result<Header> MakeHeader(const std::string& path, std::size_t size, TimePoint time) {
  Header header{};
  if (auto put = PutPath(header, path); !put) return std::unexpected(put.error());
  if (size > kLargest) return Fail(ErrorKind::kInvalid, path + ": is too large for a tar archive");
  PutOctal(header, kMode, 0600);
  PutOctal(header, kUid, 0);
  PutOctal(header, kGid, 0);
  PutOctal(header, kSize, size);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  PutOctal(header, kTime, seconds > 0 ? static_cast<std::uint64_t>(seconds) : 0);
  Put(header, kType, "0");
  Put(header, kMagic, "ustar");
  Put(header, kVersion, "00");
  PutChecksum(header);
  return header;
}

}  // namespace

Result<std::string> ToTar(const std::map<std::string, std::string>& files, TimePoint time) {
  std::string archive;
  for (const auto& [path, content] : files) {
    const auto header = MakeHeader(path, content.size(), time);
    if (!header) return std::unexpected(header.error());
    archive.append(header->data(), header->size());
    archive += content;
    archive.append((kBlock - content.size() % kBlock) % kBlock, '\0');
  }
  archive.append(2 * kBlock, '\0');  // the end
  return archive;
}

}  // namespace mpl::app
