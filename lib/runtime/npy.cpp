// The .npy format (numpy.lib.format): a magic word, a version, a header that is a Python dictionary, raw data.
#include "loopy/runtime/runtime.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace loopy {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

struct TypeName {
  ScalarKind kind;
  const char *text;
};
constexpr std::array typeNames = {TypeName{ScalarKind::Bool, "|b1"},      TypeName{ScalarKind::Int8, "|i1"},
                                  TypeName{ScalarKind::Int16, "<i2"},     TypeName{ScalarKind::Int32, "<i4"},
                                  TypeName{ScalarKind::Int64, "<i8"},     TypeName{ScalarKind::UInt8, "|u1"},
                                  TypeName{ScalarKind::UInt16, "<u2"},    TypeName{ScalarKind::UInt32, "<u4"},
                                  TypeName{ScalarKind::UInt64, "<u8"},    TypeName{ScalarKind::Float16, "<f2"},
                                  TypeName{ScalarKind::Float32, "<f4"},   TypeName{ScalarKind::Float64, "<f8"},
                                  TypeName{ScalarKind::Complex64, "<c8"}, TypeName{ScalarKind::Complex128, "<c16"}};

// Reads the few things that a header holds; anything unexpected is the file's fault.
class HeaderReader {
public:
  HeaderReader(const std::string &path, std::string header) : path_(path), header_(std::move(header)) {}

  Type type() const {
    const size_t at = valueOf("descr");
    const size_t end = header_[at] == '\'' ? header_.find('\'', at + 1) : std::string::npos;
    if (end == std::string::npos)
      fail("its elements are records");
    std::string text = header_.substr(at + 1, end - at - 1);
    for (const TypeName &name : typeNames)
      if (text.size() > 1 && text.substr(1) == name.text + 1 &&
          (text[0] == name.text[0] || text[0] == '=' || (name.text[0] == '|' && text[0] != '>')))
        return Type{name.kind};
    fail(text[0] == '>' ? "it is big endian" : "its element type `" + text + "` is not supported");
  }

  bool isColumnMajor() const { return header_.compare(valueOf("fortran_order"), 4, "True") == 0; }

  std::vector<int64_t> shape() const {
    size_t at = valueOf("shape");
    const size_t end = header_.find(')', at);
    if (header_[at] != '(' || end == std::string::npos)
      fail("its header has no shape");
    std::vector<int64_t> extents;
    for (++at; at < end; ++at) {
      if (std::string_view(" ,L").find(header_[at]) != std::string_view::npos)
        continue;
      if (header_[at] < '0' || header_[at] > '9')
        fail("its shape holds what is no extent");
      size_t digits = 0;
      while (at + digits < end && header_[at + digits] >= '0' && header_[at + digits] <= '9')
        ++digits;
      if (digits > 18)
        fail("its shape is too large");
      extents.push_back(std::stoll(header_.substr(at, digits)));
      at += digits - 1;
    }
    return extents;
  }

  [[noreturn]] void fail(const std::string &why) const {
    throw UserError(SourceRange{}, "Cannot read `" + path_ + "` as .npy: " + why + ".");
  }

private:
  // The place of the value of a key.
  size_t valueOf(const std::string &key) const {
    size_t at = header_.find("'" + key + "'");
    at = at == std::string::npos ? at : header_.find(':', at);
    at = at == std::string::npos ? at : header_.find_first_not_of(" ", at + 1);
    if (at == std::string::npos)
      fail("its header has no `" + key + "`");
    return at;
  }

  const std::string &path_;
  std::string header_;
};

// The elements in C order, from elements in Fortran order.
std::vector<std::byte> transposed(const std::vector<std::byte> &data, const std::vector<int64_t> &shape, size_t size) {
  std::vector<std::byte> result(data.size());
  std::vector<int64_t> index(shape.size(), 0);
  for (size_t at = 0; at < data.size(); at += size) {
    int64_t place = 0;
    for (size_t d = 0; d < shape.size(); ++d)
      place = place * shape[d] + index[d];
    std::memcpy(result.data() + static_cast<size_t>(place) * size, data.data() + at, size);
    for (size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d)
      index[d] = 0;
  }
  return result;
}

// The header's text; `at` is moved behind it.
std::string headerText(const std::string &path, const std::string &file, size_t &at) {
  const HeaderReader blame(path, "");
  if (file.size() < 10 || file.compare(0, magic.size(), magic) != 0)
    blame.fail("it does not begin like one");
  const unsigned version = static_cast<unsigned char>(file[6]);
  if (version < 1 || version > 3)
    blame.fail("its version " + std::to_string(version) + " is unknown");
  const size_t lengthBytes = version == 1 ? 2 : 4;
  if (file.size() < 8 + lengthBytes)
    blame.fail("it ends early");
  size_t length = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= static_cast<size_t>(static_cast<unsigned char>(file[8 + i])) << (8 * i);
  at = 8 + lengthBytes + length;
  if (file.size() < at)
    blame.fail("it ends early");
  return file.substr(8 + lengthBytes, length);
}

std::string contentOf(const std::string &path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw UserError(SourceRange{}, "`" + path + "` is a directory; an .npy file is wanted.");
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw UserError(SourceRange{}, "Cannot open `" + path + "`: " + std::strerror(errno) + ".");
  try {
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  } catch (const std::ios_base::failure &failure) {
    throw UserError(SourceRange{}, "Cannot read `" + path + "`: " + failure.code().message() + ".");
  }
}

} // namespace

Value readNpy(const std::string &path) {
  const std::string file = contentOf(path);
  size_t at = 0;
  const HeaderReader header(path, headerText(path, file, at));
  Value value{header.type(), header.shape(), {}};
  size_t bytes = value.type.sizeInBytes();
  for (int64_t extent : value.shape)
    if (__builtin_mul_overflow(bytes, static_cast<size_t>(extent), &bytes))
      header.fail("its shape is too large");
  if (file.size() - at < bytes)
    header.fail("it ends before its last element");
  const auto *data = reinterpret_cast<const std::byte *>(file.data() + at);
  value.bytes.assign(data, data + bytes);
  if (header.isColumnMajor() && value.shape.size() > 1)
    value.bytes = transposed(value.bytes, value.shape, value.type.sizeInBytes());
  return value;
}

void writeNpy(const std::string &path, const Value &value) {
  const auto *name = std::find_if(typeNames.begin(), typeNames.end(),
                                  [&](const TypeName &candidate) { return candidate.kind == value.type.kind; });
  require(name != typeNames.end(), "a type that .npy has no name for");
  std::vector<int64_t> shape = value.shape;
  if (value.type.isVector()) // the lanes are one more axis; a vector of three occupies four
    shape.push_back(value.type.sizeInBytes() / value.type.scalar().sizeInBytes());
  std::string header = std::string("{'descr': '") + name->text + "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : shape)
    header += std::to_string(extent) + ",";
  header += "), }";
  constexpr size_t preamble = 10;
  header.resize((preamble + header.size() + 1 + 63) / 64 * 64 - preamble - 1, ' ');
  header += "\n";

  errno = 0;
  std::ofstream stream(path, std::ios::binary);
  stream << magic << '\x01' << '\x00' << static_cast<char>(header.size() & 255) << static_cast<char>(header.size() >> 8)
         << header;
  stream.write(reinterpret_cast<const char *>(value.bytes.data()), static_cast<std::streamsize>(value.bytes.size()));
  stream.close();
  if (!stream)
    throw UserError(SourceRange{},
                    "Cannot write `" + path + "`" + (errno ? std::string(": ") + std::strerror(errno) : "") + ".");
}

} // namespace loopy
