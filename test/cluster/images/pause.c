// SPDX-License-Identifier: Apache-2.0
// The program of a pod's sandbox: keeps the pod's namespaces open until it is told to end. As PID 1 of
// a shared PID namespace it also buries orphans: with SIGCHLD ignored the kernel does that for it.
#include <signal.h>
#include <unistd.h>

static void end(int number) { (void)number; _exit(0); }

int main(void) {
  signal(SIGCHLD, SIG_IGN);
  signal(SIGTERM, end);
  signal(SIGINT, end);
  for (;;) pause();
}
