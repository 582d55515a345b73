/* A disk that fails when it is told to: preloaded into a process, in which calls for files below $DISK_FOLDER
   fail as the name in the file $DISK_FAULT says: "full", "read-only" or "unsynced". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int told(const char* fault) {
  char text[32] = "";
  int (*real_open)(const char*, int, ...) = dlsym(RTLD_NEXT, "open");
  int file = real_open(getenv("DISK_FAULT"), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  return size > 0 && strcmp(text, fault) == 0;
}

static int below(const char* path) {
  const char* folder = getenv("DISK_FOLDER");
  return strncmp(path, folder, strlen(folder)) == 0;
}

static int is_below(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  return below(path);
}

ssize_t write(int file, const void* bytes, size_t size) {
  ssize_t (*real)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
  if (is_below(file) && told("full")) {
    /* A full disk takes what fits first. */
    if (size > 100) return real(file, bytes, 100);
    errno = ENOSPC;
    return -1;
  }
  return real(file, bytes, size);
}

int fsync(int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  if (is_below(file) && told("unsynced")) {
    errno = EIO;
    return -1;
  }
  return real(file);
}

int open(const char* path, int flags, ...) {
  int (*real)(const char*, int, ...) = dlsym(RTLD_NEXT, "open");
  va_list rest;
  va_start(rest, flags);
  int mode = flags & O_CREAT ? va_arg(rest, int) : 0;
  va_end(rest);
  if (flags & O_CREAT && below(path) && told("read-only")) {
    errno = EROFS;
    return -1;
  }
  return real(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = flags & O_CREAT ? va_arg(rest, int) : 0;
  va_end(rest);
  return open(path, flags, mode);
}

int mkdir(const char* path, mode_t mode) {
  int (*real)(const char*, mode_t) = dlsym(RTLD_NEXT, "mkdir");
  if (below(path) && told("read-only")) {
    errno = EROFS;
    return -1;
  }
  return real(path, mode);
}
