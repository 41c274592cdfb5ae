// Waits to be killed, whatever arguments it is given: the processes whose secrets the tests of redaction look for.
#include <csignal>
#include <cstdlib>
#include <sys/prctl.h>
#include <unistd.h>

int main()
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (const char* const name = std::getenv("SEEDED_NAME"))
        prctl(PR_SET_NAME, name);
    if (write(STDOUT_FILENO, "1", 1) != 1) // named, and about to wait
        return 1;
    for (;;)
        pause();
}
