#include "kube/http/negotiate.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "kube/base/text.h"

namespace mpl::http {
namespace {

// A client names a few; what stands behind so many is not read, for it would only cost.
constexpr std::size_t kMostRanges = 64;

struct MediaRange {
  std::string type, subtype;  // lower case, "*" for any
  std::string as, group, version;
  double quality = 1;
  bool pretty = false;

  int Specificity() const { return type == "*" ? 0 : subtype == "*" ? 1 : 2; }
};

// Splits where `separator` stands outside of double quotes.
std::vector<std::string_view> SplitUnquoted(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == separator && !quoted) {
      pieces.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  pieces.push_back(text.substr(start));
  return pieces;
}

std::string Unquote(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  std::string plain;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    plain += value[i];
  }
  return plain;
}

// Unreadable: 0, so that a typing error never selects something.
double ParseQuality(std::string_view text) {
  double quality = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
  if (error != std::errc() || end != text.data() + text.size()) return 0;
  return quality >= 0 && quality <= 1 ? quality : 0;
}

void TakeParameter(std::string_view parameter, MediaRange& range) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return;
  const std::string name = ToLower(Trim(parameter.substr(0, equals)));
  const std::string value = Unquote(Trim(parameter.substr(equals + 1)));
  if (name == "q") range.quality = ParseQuality(value);
  if (name == "as") range.as = value;
  if (name == "g") range.group = value;
  if (name == "v") range.version = value;
  if (name == "pretty") range.pretty = value == "1";
}

std::optional<MediaRange> ParseRange(std::string_view text) {
  const auto pieces = SplitUnquoted(text, ';');
  const std::string_view media = Trim(pieces[0]);
  const std::size_t slash = media.find('/');
  if (slash == std::string_view::npos && media != "*") return std::nullopt;
  MediaRange range;
  range.type = ToLower(media.substr(0, slash));
  range.subtype = media == "*" ? "*" : ToLower(media.substr(slash + 1));
  for (std::size_t i = 1; i < pieces.size(); ++i) TakeParameter(pieces[i], range);
  return range;
}

bool Matches(const MediaRange& range, const Offer& offer) {
  // Also without `as`: who asks for a group or version wants something else than the plain object.
  if (range.as != offer.as || range.group != offer.group || range.version != offer.version) {
    return false;
  }
  const std::size_t slash = offer.media_type.find('/');
  const std::string_view media = offer.media_type;
  return (range.type == "*" || range.type == media.substr(0, slash)) &&
         (range.subtype == "*" || range.subtype == media.substr(slash + 1));
}

// The most specific range that matches has the last word on whether the offer is wanted at all.
bool IsExcluded(const std::vector<MediaRange>& ranges, const Offer& offer) {
  const MediaRange* decisive = nullptr;
  for (const MediaRange& range : ranges) {
    if (!Matches(range, offer)) continue;
    if (decisive == nullptr || range.Specificity() > decisive->Specificity()) decisive = &range;
  }
  return decisive != nullptr && decisive->quality == 0;
}

std::unexpected<Error> NothingAcceptable(std::span<const Offer> offers) {
  std::vector<std::string> types;
  for (const Offer& offer : offers) {
    if (std::ranges::find(types, offer.media_type) == types.end())
      types.push_back(offer.media_type);
  }
  return Fail(ErrorKind::kNotAcceptable,
              "only the following media types are accepted: " + Join(types, ", "));
}

}  // namespace

Result<Choice> Choose(const Headers& headers, std::span<const Offer> offers) {
  std::vector<MediaRange> ranges;
  std::size_t said = 0;
  for (const std::string_view value : headers.GetAll("Accept")) {
    for (const std::string_view text : SplitUnquoted(value, ',')) {
      if (Trim(text).empty()) continue;
      if (++said > kMostRanges) break;
      if (auto range = ParseRange(text)) ranges.push_back(std::move(*range));
    }
  }
  if (said == 0 && !offers.empty()) return Choice{};
  std::ranges::stable_sort(ranges, [](const MediaRange& a, const MediaRange& b) {
    if (a.quality != b.quality) return a.quality > b.quality;
    return a.Specificity() > b.Specificity();
  });
  std::vector<bool> excluded;
  for (const Offer& offer : offers) excluded.push_back(IsExcluded(ranges, offer));
  for (const MediaRange& range : ranges) {
    if (range.quality == 0) break;
    for (std::size_t i = 0; i < offers.size(); ++i) {
      if (!excluded[i] && Matches(range, offers[i])) {
        return Choice{.offer = i, .pretty = range.pretty};
      }
    }
  }
  return NothingAcceptable(offers);
}

Result<std::size_t> Negotiate(const Headers& headers, std::span<const Offer> offers) {
  const auto choice = Choose(headers, offers);
  if (!choice) return std::unexpected(choice.error());
  return choice->offer;
}

}  // namespace mpl::http
