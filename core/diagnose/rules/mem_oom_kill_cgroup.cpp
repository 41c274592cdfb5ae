// The kernel killed a process because its cgroup was at its memory limit; the host may have had plenty.
#include "diagnose/oom_kills.h"

namespace hindcast::diagnose {
namespace {

RuleResult check(const Inquiry& inquiry)
{
    return oomKills(inquiry, OomScope::Cgroup);
}

} // namespace

Rule mem_oom_kill_cgroup()
{
    Rule rule;
    rule.id = "mem-oom-kill-cgroup";
    rule.question = "Did the kernel kill processes at the memory limit of a cgroup?";
    rule.title = "Kernel killed a process: cgroup limit";
    setOomNeeds(rule);
    rule.causes = {"a limit too small", "a leak", "a heap sized for the host's memory", "tmpfs in the cgroup"};
    rule.checks = {"usage before the kill: a slope is a leak, a jump a burst"};
    rule.fixes = {
        "a higher limit or a smaller footprint", "a pause before it is started again", "an alarm at 90 % of the limit"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
