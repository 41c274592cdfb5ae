// The kernel killed a process because the host had no memory left.
#include "diagnose/oom_kills.h"

namespace hindcast::diagnose {
namespace {

RuleResult check(const Inquiry& inquiry)
{
    return oomKills(inquiry, OomScope::Host);
}

} // namespace

Rule mem_oom_kill_host()
{
    Rule rule;
    rule.id = "mem-oom-kill-host";
    rule.question = "Did the kernel kill processes because the host was out of memory?";
    rule.title = "Kernel killed a process: host out of memory";
    setOomNeeds(rule);
    rule.causes = {"a process that grew without end", "a burst of workers", "no swap", "caches without a limit"};
    rule.checks = {"the largest process in the kernel's table beside the one that was killed"};
    rule.fixes = {
        "limit what grows with a cgroup", "protect what must live (OOMPolicy, oom_score_adj)", "more memory or swap"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
