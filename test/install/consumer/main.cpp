// A program that uses the installed library: it splits a loop of sgemm and prints the C and the OpenCL that come out.

#include <loopy/loopy.h>

#include <iostream>

int main(int argumentCount, char **arguments) {
  if (argumentCount != 2) {
    std::cerr << "usage: consumer SGEMM.loopy\n";
    return 2;
  }
  loopy::Context context;
  loopy::Module module = loopy::parseFile(context, arguments[1]);
  loopy::Kernel kernel = module.kernel("sgemm");
  kernel = loopy::splitIname(kernel, {.iname = "i", .factor = 16});
  std::string c = loopy::emit(loopy::lower(kernel, loopy::Target::c())).source;
  std::string openCL = loopy::emit(loopy::lower(kernel, loopy::Target::openCL())).source;
  std::cout << c << openCL;
  return c.find("i_outer") != std::string::npos && openCL.find("__kernel") != std::string::npos ? 0 : 1;
}
