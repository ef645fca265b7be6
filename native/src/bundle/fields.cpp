#include "bundle/fields.hpp"

#include <map>

namespace forensics_rt {
namespace {

constexpr std::size_t kMostShown = 80;
// Levels of brackets; manifests have six.
constexpr int kDeepest = 32;

std::string in_words(double least, double most) {
  return "a number from " + Json(least).dump() + " to " + Json(most).dump();
}

Json in_todays_words(const Json &object) {
  static const std::map<std::string, std::string> today = {
      {"clear_below", "exit_threshold"},
      {"colour_order", "color_order"},
      {"ece_of_evidence", "ece_of_raw_score"},
      {"evidence", "raw_score"},
      {"licence", "license"},
      {"optimisation_level", "optimization_level"},
      {"peak", "high_threshold"},
      {"screen", "cascade"},
      {"symmetries", "tta"},
      {"untouched", "authentic"},
      {"untouched_wrong", "authentic_wrong"}};
  Json renamed = Json::object();
  for (const auto &[key, value] : object.items()) {
    const auto found = today.find(key);
    // A key that is there under both names keeps the earlier one, and is refused.
    const bool keeps = found == today.end() || object.contains(found->second);
    renamed[keeps ? key : found->second] = value;
  }
  return renamed;
}

}  // namespace

Json parse_json(const std::string &text) {
  return Json::parse(text, [](int depth, Json::parse_event_t, Json &) {
    if (depth > kDeepest) throw SchemaProblem("the file: found too many brackets in one another");
    return true;
  });
}

Fields::Fields(const Json &object, std::string place) : place_(std::move(place)) {
  if (!object.is_object()) refuse("", "an object");
  values_ = in_todays_words(object);
}

void Fields::refuse(const std::string &key, const std::string &expected) const {
  const std::string joint = place_.empty() || key.empty() ? "" : ".";
  const std::string at = place_ + joint + key;
  const bool there = values_.is_object() && values_.contains(key);
  std::string found = there ? values_[key].dump() : "nothing";
  if (found.size() > kMostShown) found = found.substr(0, kMostShown) + "...";
  throw SchemaProblem((at.empty() ? "the file" : at) + ": found " + found + ", expected " +
                      expected);
}

const Json *Fields::find(const std::string &key) {
  known_.insert(key);
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &*found;
}

const Json &Fields::need(const std::string &key, const std::string &expected) {
  const Json *found = find(key);
  if (found == nullptr) refuse(key, expected);
  return *found;
}

bool Fields::has(const std::string &key) const {
  const auto found = values_.find(key);
  return found != values_.end() && !found->is_null();
}

std::string Fields::text(const std::string &key) {
  const Json &value = need(key, "text");
  if (!value.is_string()) refuse(key, "text");
  return value.get<std::string>();
}

std::string Fields::text(const std::string &key, const std::string &otherwise) {
  return find(key) == nullptr ? otherwise : text(key);
}

std::int64_t Fields::whole(const std::string &key, std::int64_t least, std::int64_t most) {
  const std::string expected =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const Json &value = need(key, expected);
  if (!value.is_number_integer()) refuse(key, expected);
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) refuse(key, expected);
  return number;
}

double Fields::checked(const std::string &key, const Json &value, double least, double most) const {
  if (!value.is_number()) refuse(key, in_words(least, most));
  const double number = value.get<double>();
  if (!(number >= least && number <= most)) refuse(key, in_words(least, most));
  return number;
}

double Fields::number(const std::string &key, double least, double most) {
  return checked(key, need(key, in_words(least, most)), least, most);
}

std::optional<double> Fields::number_or_none(const std::string &key, double least, double most) {
  const Json *value = find(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return checked(key, *value, least, most);
}

bool Fields::boolean(const std::string &key, bool otherwise) {
  const Json *value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) refuse(key, "true or false");
  return value->get<bool>();
}

std::vector<double> Fields::numbers(const std::string &key, double least, double most) {
  const Json &list = need(key, "a list of numbers");
  if (!list.is_array() || list.empty()) refuse(key, "a list of numbers");
  std::vector<double> numbers;
  for (const Json &value : list) numbers.push_back(checked(key, value, least, most));
  return numbers;
}

std::vector<int> Fields::wholes(const std::string &key, int least, int most) {
  std::vector<int> wholes;
  for (const double number : numbers(key, least, most)) {
    wholes.push_back(static_cast<int>(number));
    if (wholes.back() != number) refuse(key, "a list of whole numbers");
  }
  return wholes;
}

std::vector<std::string> Fields::texts(const std::string &key) {
  const Json &list = need(key, "a list of texts");
  if (!list.is_array()) refuse(key, "a list of texts");
  std::vector<std::string> texts;
  for (const Json &value : list) {
    if (!value.is_string()) refuse(key, "a list of texts");
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

Fields Fields::object(const std::string &key) {
  const Json &value = need(key, "an object");
  return Fields(value, place_.empty() ? key : place_ + "." + key);
}

std::vector<Fields> Fields::objects(const std::string &key) {
  std::vector<Fields> found;
  const Json *list = find(key);
  if (list == nullptr) return found;
  if (!list->is_array()) refuse(key, "a list");
  const std::string start = (place_.empty() ? key : place_ + "." + key) + ".";
  for (const Json &value : *list) found.emplace_back(value, start + std::to_string(found.size()));
  return found;
}

void Fields::for_each(const std::string &key,
                      const std::function<void(const std::string &, Fields)> &take) {
  const Json *value = find(key);
  if (value == nullptr) return;
  if (!value->is_object()) refuse(key, "an object");
  for (const auto &[name, one] : value->items())
    take(name, Fields(one, (place_.empty() ? key : place_ + "." + key) + "." + name));
}

void Fields::skip(std::initializer_list<const char *> keys) {
  for (const char *key : keys) known_.insert(key);
}

void Fields::refuse_others() const {
  for (const auto &[key, value] : values_.items())
    if (known_.count(key) == 0) refuse(key, "no key of that name");
}

}  // namespace forensics_rt
