#include "bundle/sha256.hpp"

#include <openssl/evp.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "errors.hpp"

namespace forensics_rt {
namespace {

constexpr std::size_t kPiece = 1 << 18;

void check(bool done) {
  if (!done) throw Error(FRT_INTERNAL_ERROR, "OpenSSL cannot compute SHA-256");
}

EVP_MD_CTX *of(void *context) { return static_cast<EVP_MD_CTX *>(context); }

template <typename Take>
void for_each_piece(const std::filesystem::path &file, Take take) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE *)> stream(std::fopen(file.c_str(), "rb"),
                                                                &std::fclose);
  if (!stream) throw std::system_error(errno, std::generic_category());
  std::vector<char> piece(kPiece);
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), stream.get()))
    take(piece.data(), count);
  if (std::ferror(stream.get())) throw std::system_error(errno, std::generic_category());
}

}  // namespace

void Digest::Free::operator()(void *context) const noexcept { EVP_MD_CTX_free(of(context)); }

Digest::Digest() : context_(EVP_MD_CTX_new()) {
  check(context_ && EVP_DigestInit_ex(of(context_.get()), EVP_sha256(), nullptr) == 1);
}

void Digest::add(const char *bytes, std::size_t count) {
  check(EVP_DigestUpdate(of(context_.get()), bytes, count) == 1);
}

std::string Digest::bytes() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  check(EVP_DigestFinal_ex(of(context_.get()), digest, &length) == 1);
  return {reinterpret_cast<const char *>(digest), length};
}

std::string Digest::hexadecimal() {
  std::string text;
  for (const char byte : bytes()) {
    const auto value = static_cast<unsigned char>(byte);
    for (const int nibble : {value >> 4, value & 15}) text += "0123456789abcdef"[nibble];
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  Digest digest;
  digest.add(bytes.data(), bytes.size());
  return digest.hexadecimal();
}

std::string sha256_of(const std::filesystem::path &file) {
  Digest digest;
  for_each_piece(file, [&](const char *bytes, std::size_t count) { digest.add(bytes, count); });
  return digest.hexadecimal();
}

std::string read_file(const std::filesystem::path &file) {
  std::string content;
  content.reserve(static_cast<std::size_t>(std::filesystem::file_size(file)));
  for_each_piece(file, [&](const char *bytes, std::size_t count) { content.append(bytes, count); });
  return content;
}

}  // namespace forensics_rt
