// What one would write without a library, to be compiled with -O3 -march=native. REAL is float or double.
#include <math.h>

void gemm(long n, long m, long l, const REAL *restrict a, const REAL *restrict b, REAL *restrict c) {
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j < m; ++j)
      c[i * m + j] = 0;
    for (long k = 0; k < l; ++k)
      for (long j = 0; j < m; ++j)
        c[i * m + j] += a[i * l + k] * b[k * m + j];
  }
}

void axpy(long n, REAL s, const REAL *restrict x, REAL *restrict y) {
  for (long i = 0; i < n; ++i)
    y[i] = s * x[i] + y[i];
}

REAL sum(long n, const REAL *x) {
  REAL total = 0;
  for (long i = 0; i < n; ++i)
    total += x[i];
  return total;
}

void transpose(long n, long m, const REAL *restrict a, REAL *restrict b) {
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < m; ++j)
      b[j * n + i] = a[i * m + j];
}

void coulomb(long nx, long ny, long nz, long natoms, REAL h, REAL softening, const REAL *restrict atom,
             REAL *restrict v) {
  for (long z = 0; z < nz; ++z)
    for (long y = 0; y < ny; ++y)
      for (long x = 0; x < nx; ++x) {
        REAL total = 0;
        for (long p = 0; p < natoms; ++p) {
          const REAL dx = h * (REAL)x - atom[4 * p], dy = h * (REAL)y - atom[4 * p + 1],
                     dz = h * (REAL)z - atom[4 * p + 2];
          total += atom[4 * p + 3] / (REAL)sqrt(dx * dx + dy * dy + dz * dz + softening * softening + (REAL)0.01);
        }
        v[(z * ny + y) * nx + x] = total;
      }
}
