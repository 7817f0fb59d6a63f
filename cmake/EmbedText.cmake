# cmake -DIN=file -DOUT=stem -DSYMBOL=name -P EmbedText.cmake: writes stem.h and stem.cpp, which hold the file's text.
cmake_minimum_required(VERSION 3.25)

file(READ "${IN}" text)
string(FIND "${text}" ")loopy\"" clash)
if(NOT clash EQUAL -1)
  message(FATAL_ERROR "${IN} contains the end mark of a raw string, )loopy\".")
endif()
file(WRITE "${OUT}.h" "#pragma once
#include <string_view>
namespace loopy::embedded {
extern const std::string_view ${SYMBOL};
}
")
file(WRITE "${OUT}.cpp" "#include \"${SYMBOL}.h\"
const std::string_view loopy::embedded::${SYMBOL} = R\"loopy(${text})loopy\";
")
