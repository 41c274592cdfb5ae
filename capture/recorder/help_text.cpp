#include "options.h"

namespace hindcast::recorder {

const char helpText[] =
    R"(Usage: hindcast-record [-i SECONDS] [-d SECONDS | -c SAMPLES] [-o FILE|-]

Records what this machine is doing into one file that plain tools can read:
  zstd -dc FILE | tar tf -

  -i, --interval SECONDS   time between samples, 0.01 to 3600 (default 1)
  -d, --duration SECONDS   how long to record; also 90s, 15m, 8h, 2d. Both ends are
                           sampled: -i 1 -d 10 takes 11 samples
  -c, --count SAMPLES      how many samples to take, instead of a duration
                           (default: until SIGINT, SIGTERM or SIGHUP)
  -o, --output FILE        where to (default ./HOST-UTC.hindcast.tar.zst); - is
                           standard output. While recording, the file is FILE.part
      --force              replace FILE and FILE.part
      --segment-ticks N    samples per independently readable segment (default 60)
      --socket-ticks N     list the sockets at every Nth sample and at the last one;
                           0 = never (default 10)
      --packets IFACE[:FILTER]
                           capture the packets of an interface ("any": of all), those
                           that FILTER matches (as of tcpdump; numbers, no names). May
                           be repeated. Needs root or CAP_NET_RAW. Their headers are
                           kept; what they carry becomes zeros but with --redact off
      --snaplen BYTES      keep so much of each packet (default 96: the headers)
      --packet-seconds N   write packets out every N seconds; so much is lost when the
                           recorder is killed (default 10)

Flight recorder:
      --ring SIZE|DURATION keep the last 256M, or 10m, in a folder instead of one file;
                           what it holds becomes FILE at the end
      --ring-folder DIR    where (default FILE.ring)
      --trigger 'EXPR'     when this holds, what was recorded before, and after, becomes
                           a file of its own; may be repeated. Like 'load1 > 8 for 10s',
                           'tcp.sockets{state=CLOSE-WAIT} > 500', 'log ~ "Out of memory"';
                           all of it: capture/TRIGGERS.md. SIGUSR1 triggers by hand
      --before DURATION    of the time before the trigger (default 10m)
      --after DURATION     of the time after it (default 60s)
      --cooldown DURATION  then no trigger counts for so long (default 5m)
      --count N            with --trigger: leave after N such files

Bounds:
      --max-size SIZE      stop before the output exceeds this, to the byte
      --max-time DURATION  stop after this, whatever else was asked for
      --min-free SIZE|N%   pause while less of the file system is free (default: the
                           larger of 100MB and 5%; 0 = never pause)
      --cpu PERCENT        of one core, as a mean over a minute (default 2; 0 = no limit):
                           beyond it less is recorded, in an order that --dry-run tells
      --small              a smaller window: less memory, larger files
      --sync tick|end      force every sample to the disk, or only the end (default:
                           every 10 s)

What else is kept:
      --log FILE           what is written to FILE meanwhile; may be repeated
      --history            copy the activity files that sysstat left here (±1 day)
      --no-jvm             no thread dumps of Java processes at a trigger and at the end
      --no-commands        start no other program, whatever for
      --pid PID            look at this process closely all the time; may be repeated
      --redact default|strict|off
                           secrets in command lines and logs are replaced; strict: hosts,
                           users and addresses by pseudonyms too, which FILE.pseudonyms
                           explains

Instead of recording:
      --dry-run            print every path, request and command that would be used
      --estimate           take 3 samples, print what a recording would cost
      --verify FILE        check a capture, print what is whole
      --list-sources       print every path that is read, how often and what for

      --root DIR           read DIR/proc, DIR/sys and DIR/etc instead of this machine's
      --quiet              no closing line
      --version            print the version
  -h, --help               print this

The first sample is taken at once, the others at whole multiples of the interval on the
wall clock (of a second, when the interval is longer). A sample that cannot begin within
half an interval of its time is left out and counted.

The first signal ends the recording and finishes the file; a second one of the same
kind kills at once and leaves FILE.part, in which every sample taken is readable (with
--ring the ring; what had moved from it is in FILE.part).

Exit status:
  0  complete; samples that were left out because they came too late, or to keep the
     budget of CPU time (--cpu), do not change this: standard error and the capture
     say how many, and where
  1  nothing was recorded, or what was could not be given its name: the message says
  2  wrong use (also an interface that is not there, or a wrong filter), or FILE is
     already there
  3  complete, but permission was denied to some sources: one line names them; packets
     that may not be captured have a line of their own, at the start
  4  ended by --max-size; samples up to then are kept
  5  the disk was full, or nearly (--min-free), or the output failed: samples are
     missing; those that were taken are kept
  6  ended by a signal before the duration or count was reached; the file is valid
)";

} // namespace hindcast::recorder
