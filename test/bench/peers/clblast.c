// Times CLBlast: clblast DEVICE_SUBSTRING KERNEL n REPETITIONS prints the seconds of each repetition. KERNEL is sgemm,
// dgemm, saxpy, sum (of absolute values, which is the nearest there is) or transpose. Exit status 1: no such device.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <clblast_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static cl_device_id find(const char *wanted) {
  cl_platform_id platforms[16];
  cl_uint platformCount = 0;
  clGetPlatformIDs(16, platforms, &platformCount);
  for (cl_uint p = 0; p < platformCount && p < 16; ++p) {
    cl_device_id devices[16];
    cl_uint count = 0;
    if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, 16, devices, &count) != CL_SUCCESS)
      continue;
    for (cl_uint d = 0; d < count && d < 16; ++d) {
      char name[256] = "";
      clGetDeviceInfo(devices[d], CL_DEVICE_NAME, sizeof name - 1, name, NULL);
      if (strcasestr(name, wanted))
        return devices[d];
    }
  }
  return NULL;
}

int main(int count, char **words) {
  if (count != 5)
    return 2;
  const char *kernel = words[2];
  const size_t n = strtoul(words[3], NULL, 10);
  const int repetitions = atoi(words[4]), isDouble = kernel[0] == 'd', isVector = !strcmp(kernel, "saxpy") || !strcmp(kernel, "sum");
  cl_device_id device = find(words[1]);
  if (!device)
    return 1;
  cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
  cl_command_queue queue = clCreateCommandQueue(context, device, 0, NULL);
  const size_t elements = isVector ? n : n * n, bytes = elements * (isDouble ? 8 : 4);
  cl_mem buffers[3];
  for (int b = 0; b < 3; ++b) {
    buffers[b] = clCreateBuffer(context, CL_MEM_READ_WRITE, bytes, NULL, NULL);
    const double zero = 0;
    clEnqueueFillBuffer(queue, buffers[b], &zero, isDouble ? 8 : 4, 0, bytes, 0, NULL, NULL);
  }
  cl_mem a = buffers[0], b = buffers[1], c = buffers[2];
  for (int r = -2; r < repetitions; ++r) {
    clFinish(queue);
    const double start = now();
    CLBlastStatusCode status = CLBlastSuccess;
    if (!strcmp(kernel, "sgemm"))
      status = CLBlastSgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, n, n, n, 1, a, 0, n, b, 0, n, 0, c, 0, n, &queue, NULL);
    else if (!strcmp(kernel, "dgemm"))
      status = CLBlastDgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, n, n, n, 1, a, 0, n, b, 0, n, 0, c, 0, n, &queue, NULL);
    else if (!strcmp(kernel, "saxpy"))
      status = CLBlastSaxpy(n, 2, a, 0, 1, b, 0, 1, &queue, NULL);
    else if (!strcmp(kernel, "sum"))
      status = CLBlastSasum(n, c, 0, a, 0, 1, &queue, NULL);
    else if (!strcmp(kernel, "transpose"))
      status = CLBlastSomatcopy(CLBlastLayoutRowMajor, CLBlastTransposeYes, n, n, 1, a, 0, n, b, 0, n, &queue, NULL);
    else
      return 2;
    if (status != CLBlastSuccess) {
      fprintf(stderr, "CLBlast status %d\n", (int)status);
      return 3;
    }
    clFinish(queue);
    if (r >= 0)
      printf("%.9g\n", now() - start);
  }
  return 0;
}
