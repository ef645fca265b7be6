// Reading JSON strictly: every key has one type, and a key too many is an error.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace forensics_rt {

using Json = nlohmann::json;

// What is wrong: the place, what was found, and what was expected.
class SchemaProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Json::exception, or SchemaProblem for brackets so deep that they would exhaust the stack.
Json parse_json(const std::string &text);

// The keys of one JSON object, in the words of today: bundles of earlier versions are read, too.
class Fields {
 public:
  Fields(const Json &object, std::string place);

  bool has(const std::string &key) const;                                     // and is not null
  bool names(const std::string &key) const { return values_.contains(key); }  // null or not
  std::string text(const std::string &key);
  std::string text(const std::string &key, const std::string &otherwise);
  std::int64_t whole(const std::string &key, std::int64_t least, std::int64_t most);
  double number(const std::string &key, double least, double most);
  std::optional<double> number_or_none(const std::string &key, double least, double most);
  bool boolean(const std::string &key, bool otherwise);
  std::vector<double> numbers(const std::string &key, double least, double most);
  std::vector<int> wholes(const std::string &key, int least, int most);
  std::vector<std::string> texts(const std::string &key);
  Fields object(const std::string &key);
  std::vector<Fields> objects(const std::string &key);  // empty where the key is missing
  void for_each(const std::string &key,
                const std::function<void(const std::string &, Fields)> &take);
  void skip(std::initializer_list<const char *> keys);  // what only other readers need
  void refuse_others() const;                           // keys that nobody asked for

  [[noreturn]] void refuse(const std::string &key, const std::string &expected) const;

 private:
  const Json *find(const std::string &key);
  const Json &need(const std::string &key, const std::string &expected);
  double checked(const std::string &key, const Json &value, double least, double most) const;

  Json values_;
  std::string place_;
  std::set<std::string> known_;
};

}  // namespace forensics_rt
