#include "parse/merge.h"

#include "base/text_scanner.h"
#include "model/derive.h"
#include "model/process.h"
#include "model/thread_dumps.h"
#include "parse/manifest.h"
#include "parse/parser.h"
#include "tcp/wire_series.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <new>
#include <system_error>
#include <thread>
#include <tuple>

namespace hindcast::parse {
namespace {

std::string sourceKey(const std::string& member, const std::string& source)
{
    return member + '\n' + source;
}

/// "cpu2" before "cpu10".
bool naturallyBefore(std::string_view a, std::string_view b)
{
    const auto isNumber = [](std::string_view text) {
        return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (isNumber(a) && isNumber(b) && a.size() != b.size())
        return a.size() < b.size();
    return a < b;
}

bool comesBefore(const Labels& a, const Labels& b)
{
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const Label& x, const Label& y) {
        return x.name != y.name ? x.name < y.name : naturallyBefore(x.value, y.value);
    });
}

void sortSeries(std::vector<Series>& series)
{
    std::sort(series.begin(), series.end(), [](const Series& a, const Series& b) {
        if (a.metric != b.metric)
            return a.metric < b.metric;
        if (a.labels != b.labels)
            return comesBefore(a.labels, b.labels);
        return std::tie(a.kind, a.source, a.member) < std::tie(b.kind, b.source, b.member);
    });
}

/// Runs `task(i)` for all i < count on `jobs` threads.
template <typename Task> void forEachInParallel(std::size_t count, unsigned jobs, const Task& task)
{
    std::atomic<std::size_t> next{0};
    std::atomic<bool> isOutOfMemory{false};
    const auto work = [&] {
        try {
            for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1))
                task(i);
        } catch (const std::bad_alloc&) {
            isOutOfMemory = true;
        }
    };
    {
        std::vector<std::jthread> threads;
        try {
            for (unsigned job = 1; job < jobs && job < count; ++job)
                threads.emplace_back(work);
        } catch (const std::system_error&) { // no more threads to be had: those there are do it
        }
        work();
    }
    if (isOutOfMemory)
        throw std::bad_alloc();
}

std::int64_t numberOf(const Entity& entity, std::string_view attribute)
{
    return parseInteger<std::int64_t>(entity.attribute(attribute)).value_or(0);
}

void sortEntities(std::vector<Entity>& entities)
{
    std::sort(entities.begin(), entities.end(), [](const Entity& a, const Entity& b) {
        if (a.kind != b.kind)
            return a.kind < b.kind;
        return std::tuple(numberOf(a, "pid"), numberOf(a, "start_ticks"), std::string_view(a.key))
            < std::tuple(numberOf(b, "pid"), numberOf(b, "start_ticks"), std::string_view(b.key));
    });
}

/// Packs what is still open and builds the pyramids of what is drawn.
void pack(Snapshot& snapshot, unsigned jobs)
{
    forEachInParallel(snapshot.series.size(), jobs, [&](std::size_t i) {
        Series& series = snapshot.series[i];
        series.values.seal();
        if (series.kind == Kind::Gauge)
            series.pyramid = Pyramid(series.values);
    });
    forEachInParallel(snapshot.entities.size(), jobs, [&](std::size_t i) {
        Entity& entity = snapshot.entities[i];
        for (Column& column : entity.columns)
            column.seal();
        entity.ticks.shrink_to_fit();
    });
}

void setMemoryOfHost(Snapshot& snapshot)
{
    const Series* total = snapshot.find("memory.total");
    if (!total || snapshot.host.memoryBytes || total->values.isEmpty())
        return;
    if (const double bytes = total->values.at(total->values.size() - 1); bytes > 0)
        snapshot.host.memoryBytes = bytes;
}

/// Of a log alone. Its last clock is taken: a line before the first stamp has none.
void setAxisByEvents(Snapshot& snapshot)
{
    if (snapshot.events.empty())
        return;
    snapshot.clock = snapshot.events.back().clock;
    bool isFirst = true;
    for (const Event& event : snapshot.events) {
        if (event.clock != snapshot.clock)
            continue;
        if (isFirst)
            snapshot.range = {event.time, event.time + Nanoseconds{1}};
        isFirst = false;
        snapshot.range.end = std::max(snapshot.range.end, event.time + Nanoseconds{1});
    }
}

/// The axis: wall-clock sources when there are any, else the numbered samples.
void setAxis(Snapshot& snapshot)
{
    snapshot.clock = Clock::None;
    bool hasRange = false;
    const auto include = [&](Clock clock, const TimeColumn& times) {
        if (times->empty() || (snapshot.clock == Clock::Wall && clock != Clock::Wall))
            return;
        if (clock == Clock::Wall && snapshot.clock != Clock::Wall) {
            snapshot.clock = Clock::Wall;
            hasRange = false;
        }
        const Time end = times->back() + Nanoseconds{1};
        snapshot.range = hasRange
            ? TimeRange{std::min(snapshot.range.begin, times->front()), std::max(snapshot.range.end, end)}
            : TimeRange{times->front(), end};
        hasRange = true;
    };
    for (const Series& series : snapshot.series)
        include(series.clock, series.times);
    for (const Entity& entity : snapshot.entities)
        include(Clock::Wall, entity.times);
    for (const PacketSource& source : snapshot.packets.sources)
        if (source.range)
            include(Clock::Wall,
                std::make_shared<std::vector<Time>>(
                    std::vector<Time>{source.range->begin, source.range->end - Nanoseconds{1}}));
    if (!hasRange)
        setAxisByEvents(snapshot);
}

} // namespace

namespace {

/// Rows of another table of that name, whose columns may be others.
void appendRows(Table& table, Table more)
{
    const std::size_t columnsBefore = table.columns.size();
    std::vector<std::size_t> places;
    for (TableColumn& column : more.columns) {
        const auto known = std::find_if(table.columns.begin(), table.columns.end(),
            [&column](const TableColumn& one) { return one.name == column.name; });
        places.push_back(static_cast<std::size_t>(known - table.columns.begin()));
        if (known == table.columns.end())
            table.columns.push_back(std::move(column));
    }
    if (table.columns.size() > columnsBefore)
        for (auto& row : table.rows)
            row.resize(table.columns.size());
    for (auto& row : more.rows) {
        std::vector<Cell>& joined = table.rows.emplace_back(table.columns.size());
        for (std::size_t i = 0; i < row.size() && i < places.size(); ++i)
            joined[places[i]] = std::move(row[i]);
    }
}

} // namespace

MemberReport& Merge::reportOf(const std::string& path)
{
    MemberReport& report = m_reports[path];
    report.path = path;
    return report;
}

void Merge::addNote(ImportNote note)
{
    constexpr std::size_t most = 10'000; // a hostile capture could fill the memory with notes
    const std::string key = fmt::format("{}\n{}\n{}", note.member, static_cast<int>(note.severity), note.message);
    if (const auto known = m_noteIndex.find(key); known != m_noteIndex.end()) {
        m_notes[known->second].count += note.count;
    } else if (m_notes.size() < most) {
        m_noteIndex.emplace(key, m_notes.size());
        m_notes.push_back(std::move(note));
    }
}

void Merge::noteDamage(const ParsedPart& part)
{
    for (const archive::Damage& damage : part.damage)
        addNote({damage.member, 0, damage.isLoss ? NoteSeverity::DataLoss : NoteSeverity::Info,
            fmt::format("{} (byte {})", damage.what, damage.offset), 1});
    m_isPartial = m_isPartial || !part.isWhole;
}

/// Another boot has clocks of its own: nothing of the last one's carries over.
void Merge::beginBoot(const ParsedPart& part)
{
    const std::string& bootId = part.host.bootId;
    if (bootId.empty() || !part.facts.firstTime)
        return;
    const bool isRestart = !m_bootId.empty() && bootId != m_bootId;
    m_bootId = bootId;
    if (!isRestart)
        return;
    m_lastOffset.reset();
    m_lastAsleep.reset();
    m_correction = Nanoseconds{0};
    m_lastTick.reset();
    Event event;
    event.time = *part.facts.firstTime;
    event.severity = Severity::Warning;
    event.source = "hindcast_tick";
    event.member = "samples/hindcast/tick";
    event.text = "the machine was restarted before this sample";
    event.labels = {{"boot_id", bootId}, {"kind", "restart"}};
    m_events.push_back(std::move(event));
    if (m_lastTime && *m_lastTime < *part.facts.firstTime && !m_isCoarse)
        m_gaps.push_back({{*m_lastTime, *part.facts.firstTime}, "the machine was restarted"});
}

/// What lies between this part's ticks and the last part's.
void Merge::noteHole(const Demuxed& facts)
{
    if (!m_lastTick || !facts.firstTick || m_isCoarse || *facts.firstTick == *m_lastTick + 1)
        return;
    const TimeRange range{*m_lastTime, *facts.firstTime};
    if (*facts.firstTick <= *m_lastTick) { // numbers begin anew: captures joined by concatenation
        if (!range.isEmpty())
            m_gaps.push_back({range, "between two recordings"});
        return;
    }
    const std::uint64_t absent = *facts.firstTick - *m_lastTick - 1;
    const std::uint64_t lost = absent - std::min(absent, facts.missedBeforeFirst);
    m_gaps.push_back({range, lost ? ticksText(lost, "lost") : ticksText(absent, "missed")});
    if (lost == 0)
        return;
    addNote({fmt::format("seg/{}", facts.segment.value_or(0)), 0, NoteSeverity::DataLoss,
        ticksText(lost, "lost") + " before its first", 1});
    m_isPartial = true;
}

/// Puts the part on one continuous axis: what the wall clock jumped between the last part and this one is taken out.
void Merge::shiftToAxis(ParsedPart& part)
{
    Demuxed& facts = part.facts;
    if (!facts.firstOffset)
        return;
    if (m_lastOffset) {
        const Nanoseconds change = *facts.firstOffset - *m_lastOffset;
        if (change > clockStepThreshold || change < -clockStepThreshold) {
            m_correction -= change;
            facts.steps.insert(facts.steps.begin(), {*facts.firstTime, change});
        }
    }
    m_lastOffset = facts.lastOffset;
    *facts.firstTime += m_correction;
    *facts.lastTime += m_correction;
    for (Gap& gap : facts.gaps)
        gap.range = {gap.range.begin + m_correction, gap.range.end + m_correction};
    if (m_lastAsleep && facts.firstAsleep && m_lastTime && *facts.firstAsleep - *m_lastAsleep > clockStepThreshold)
        noteSuspension({*m_lastTime, *facts.firstTime}, *facts.firstAsleep - *m_lastAsleep);
    m_lastAsleep = facts.lastAsleep;
    for (const Suspension& suspension : facts.suspensions)
        noteSuspension(
            {suspension.between.begin + m_correction, suspension.between.end + m_correction}, suspension.length);
    for (const ClockStep& step : facts.steps) {
        Event event;
        event.time = step.at + m_correction;
        event.severity = Severity::Warning;
        event.source = "hindcast_tick";
        event.member = "samples/hindcast/tick";
        event.text = fmt::format("the wall clock was set {} by {:.3f} s; times after it stay on the axis before it",
            step.size > Nanoseconds{0} ? "forward" : "back", std::abs(toSeconds(step.size)));
        event.labels = {{"kind", "clock-step"}, {"seconds", fmt::format("{:.6f}", toSeconds(step.size))}};
        m_events.push_back(std::move(event));
    }
}

/// Nothing is measured while a machine sleeps, and CLOCK_MONOTONIC stands still.
void Merge::noteSuspension(TimeRange between, Nanoseconds length)
{
    const std::string text = "the machine was suspended for " + formatDuration(length);
    m_gaps.push_back({between, text});
    Event event;
    event.time = between.end;
    event.severity = Severity::Info;
    event.source = "hindcast_tick";
    event.member = "samples/hindcast/tick";
    event.text = text;
    event.labels = {{"kind", "suspend"}, {"seconds", fmt::format("{:.6f}", toSeconds(length))}};
    m_events.push_back(std::move(event));
}

void Merge::add(ParsedPart part)
{
    beginBoot(part);
    shiftToAxis(part);
    noteDamage(part);
    mergeHost(m_host, part.host);
    Demuxed& facts = part.facts;
    const Seam seam{m_lastTick && facts.firstTick && *facts.firstTick == *m_lastTick + 1,
        !facts.keyframeTick || facts.firstTick == facts.keyframeTick};
    noteHole(facts);
    std::move(facts.gaps.begin(), facts.gaps.end(), std::back_inserter(m_gaps));
    for (ParsedSource& source : part.sources)
        addSource(source, m_correction, seam);
    addPackets(facts);
    for (MemberReport& other : facts.others) {
        MemberReport& report = reportOf(other.path);
        report.source = other.source;
        report.bytes += other.bytes;
        report.samples += other.samples;
    }
    for (AskedDump& asked : facts.askedDumps) {
        if (asked.time)
            *asked.time += m_correction;
        m_askedDumps.push_back(std::move(asked));
    }
    for (Denial& denial : facts.denials)
        m_denials.try_emplace(std::move(denial.path), denial.errorNumber);
    for (ImportNote& note : facts.notes) {
        m_isPartial = m_isPartial || note.severity != NoteSeverity::Info;
        addNote(std::move(note));
    }
    // What the wall clock jumped within the part is out of its times already; later parts start behind those jumps.
    m_correction += facts.correction;
    if (facts.lastTick) {
        m_lastTick = facts.lastTick;
        m_lastTime = facts.lastTime;
    }
}

/// Packets carry wall-clock times: steps of that clock before this part are taken out as for the ticks.
void Merge::addPackets(const Demuxed& facts)
{
    for (const PacketMember& member : facts.packets)
        if (!isPacketFactsPath(member.path))
            m_packets.read(member, m_correction);
    for (const PacketMember& member : facts.packets) // after the packets: they name the source
        if (isPacketFactsPath(member.path))
            m_packets.readFacts(member);
}

Merge::Group& Merge::groupOf(const ParsedSource& source)
{
    auto& group = m_groups[sourceKey(source.member, source.source)];
    if (!group) {
        group = std::make_unique<Group>();
        group->source = source.source;
        group->member = source.member;
        group->clock = source.builder.clock();
    }
    return *group;
}

/// Of a folder of small files each that comes as a part of its own makes a table of one row: they are one table.
void Merge::addTable(Table table)
{
    const Parser* parser = parserById(table.source);
    if (!parser || parser->gathered.empty()) {
        m_tables.push_back(std::move(table));
        return;
    }
    const auto [known, isNew] = m_gathered.try_emplace(table.member + '\n' + table.name, m_tables.size());
    if (isNew)
        m_tables.push_back(std::move(table));
    else
        appendRows(m_tables[known->second], std::move(table));
}

void Merge::addSource(ParsedSource& source, Nanoseconds shift, Seam seam)
{
    MemberReport& report = reportOf(source.member);
    report.source = source.source;
    report.bytes += source.bytes;
    report.samples += source.readings;
    report.skipped += source.builder.skippedLines();
    if (report.errorNumber == 0)
        report.errorNumber = source.errorNumber;
    for (const ImportNote& found : source.builder.notes()) {
        ImportNote note = found;
        note.member = source.member;
        if (report.firstProblem.empty() && note.severity != NoteSeverity::Info)
            report.firstProblem = note.line ? fmt::format("line {}: {}", note.line, note.message) : note.message;
        m_isPartial = m_isPartial || note.severity != NoteSeverity::Info;
        addNote(std::move(note));
    }
    if (!source.readingNote.empty())
        addNote({source.member, 0, NoteSeverity::Info, source.readingNote, 1});
    Builder& builder = source.builder;
    mergeHost(m_host, builder.host());
    SourceTimes& times = m_clocks[sourceKey(source.member, source.source)];
    times.member = source.member;
    times.clock = builder.clock();
    times.civil = std::max(times.civil, builder.civilTimes());
    if (times.zoneInText.empty())
        times.zoneInText = builder.zoneText();
    times.writtenAt = source.writtenAt;
    m_collectedAt = m_collectedAt ? m_collectedAt : source.collectedAt;
    const bool isWall = builder.clock() == Clock::Wall;
    for (Event& event : builder.events()) {
        event.source = source.source;
        event.member = source.member;
        event.time += isWall ? shift : Nanoseconds{0};
        m_events.push_back(std::move(event));
    }
    for (Table& table : builder.tables()) {
        if (table.time && isWall)
            *table.time += shift;
        table.source = source.source;
        table.member = source.member;
        addTable(std::move(table));
    }
    if (builder.rowTimes().empty())
        return;
    Group& group = groupOf(source);
    const std::size_t base = group.times->size();
    // Rows that do not lie behind the last part's are left out: times are strictly increasing.
    std::size_t firstRow = 0;
    const auto& rows = builder.rowTimes();
    const Nanoseconds rowShift = isWall ? shift : Nanoseconds{0};
    while (firstRow < rows.size() && !group.times->empty() && rows[firstRow] + rowShift <= group.times->back())
        ++firstRow;
    if (firstRow > 0) {
        addNote({source.member, 0, NoteSeverity::DataLoss, "samples older than the ones before them were left out",
            firstRow});
        m_isPartial = true;
    }
    for (std::size_t row = firstRow; row < rows.size(); ++row)
        group.times->push_back(rows[row] + rowShift);
    addSeries(group, builder, base, firstRow);
    addEntities(group, builder, base, firstRow, seam);
}

void Merge::addSeries(Group& group, Builder& builder, std::size_t base, std::size_t firstRow)
{
    std::vector<std::size_t> order;
    order.reserve(builder.builtSeries().size());
    for (Builder::BuiltSeries& built : builder.builtSeries()) {
        const std::size_t guess = order.size() < group.order.size() ? group.order[order.size()] : SIZE_MAX;
        std::size_t place = guess;
        const bool isGuessRight = guess != SIZE_MAX && group.series[guess].metric == built.metric
            && group.series[guess].kind == built.kind && group.series[guess].labels == built.labels;
        if (!isGuessRight) {
            const auto [known, isNew] =
                group.seriesIndex.try_emplace(seriesKey(built.metric, built.labels, built.kind), group.series.size());
            place = known->second;
            if (isNew) {
                Series series;
                series.metric = std::move(built.metric);
                series.labels = std::move(built.labels);
                series.unit = built.unit;
                series.kind = built.kind;
                series.clock = builder.clock();
                series.source = group.source;
                series.member = group.member;
                series.times = group.times;
                group.series.push_back(std::move(series));
            }
        }
        order.push_back(place);
        const std::size_t skip =
            firstRow > built.firstRow ? std::min(firstRow - built.firstRow, built.values.size()) : 0;
        const std::size_t row = std::max<std::size_t>(built.firstRow, firstRow) - firstRow;
        Column& values = group.series[place].values;
        values.padTo(base + row);
        values.append(built.values.data() + skip, built.values.size() - skip);
    }
    group.order = std::move(order);
}

void Merge::addEntities(Group& group, Builder& builder, std::size_t base, std::size_t firstRow, Seam seam)
{
    const bool isFirstPart = base == 0;
    const auto lastRow = static_cast<std::uint32_t>(group.times->size() - 1);
    std::vector<std::size_t> alive;
    std::vector<bool> seen(group.entities.size());
    for (Builder::BuiltEntity& built : builder.builtEntities()) {
        const auto [known, isNew] = group.entityIndex.try_emplace(built.key, group.entities.size());
        const std::size_t columns = entityColumns(built.kind).size();
        if (isNew) {
            Entity entity;
            entity.kind = built.kind;
            entity.key = built.key;
            entity.times = group.times;
            entity.columns.resize(columns);
            // New at a segment's first tick right behind the last segment: it began between the two ticks.
            entity.hasStarted = built.hasStarted || (!isFirstPart && seam.isContiguous && seam.hasKeyframe);
            group.entities.push_back(std::move(entity));
            seen.push_back(false);
        }
        Entity& entity = group.entities[known->second];
        seen[known->second] = true;
        for (Label& attribute : built.attributes) {
            const auto place = std::lower_bound(entity.attributes.begin(), entity.attributes.end(), attribute.name,
                [](const Label& label, const std::string& name) { return label.name < name; });
            if (place != entity.attributes.end() && place->name == attribute.name)
                place->value = std::move(attribute.value);
            else
                entity.attributes.insert(place, std::move(attribute));
        }
        for (std::size_t i = 0; i < built.rows.size(); ++i) {
            if (built.rows[i] < firstRow)
                continue;
            entity.ticks.push_back(static_cast<std::uint32_t>(base + built.rows[i] - firstRow));
            for (std::size_t column = 0; column < columns; ++column)
                entity.columns[column].append(built.values[i * columns + column]);
        }
        if (entity.ticks.empty())
            continue; // only its end was seen
        if (isNew)
            entity.firstTick = entity.ticks.front();
        entity.hasEnded = built.hasEnded;
        const std::size_t end = std::max<std::size_t>(built.endRow, firstRow) - firstRow + base;
        entity.lastTick = built.hasEnded
            ? static_cast<std::uint32_t>(std::max<std::size_t>(end, entity.ticks.back() + 1) - 1)
            : lastRow;
        if (!built.hasEnded)
            alive.push_back(known->second);
    }
    for (const std::size_t entity : group.alive) {
        if (seen[entity])
            continue;
        if (group.entities[entity].kind == EntityKind::Thread)
            continue; // only some processes have their threads read: nothing says that this one ended
        const bool isListed = group.entities[entity].kind == EntityKind::Socket; // any listing names all sockets
        if (seam.hasKeyframe || isListed) {
            group.entities[entity].hasEnded = true; // gone by the time this segment listed all processes
        } else {
            group.entities[entity].lastTick = lastRow; // the list is lost: nothing says that it ended
            alive.push_back(entity);
        }
    }
    group.alive = std::move(alive);
}

/// Everything is known that the input tells of its host: texts that gave no instants get them now.
void Merge::placeSources()
{
    for (auto& [key, group] : m_groups) {
        SourceTimes& times = m_clocks[key];
        times.rows = group->times.get();
        for (const Series& series : group->series)
            if (series.metric == "system.uptime" && !series.values.isEmpty()
                && series.values.size() == group->times->size())
                times.uptime = series.values.at(series.values.size() - 1);
    }
    for (Event& event : m_events)
        if (const auto known = m_clocks.find(sourceKey(event.member, event.source)); known != m_clocks.end())
            known->second.events.push_back(&event);
    for (Table& table : m_tables)
        if (const auto known = m_clocks.find(sourceKey(table.member, table.source)); known != m_clocks.end())
            known->second.tables.push_back(&table);
    std::vector<SourceTimes> sources;
    std::vector<std::string_view> keys;
    for (auto& [key, times] : m_clocks) {
        keys.push_back(key);
        sources.push_back(std::move(times));
    }
    placeOnAxis(sources, m_host, m_assumedZone, m_collectedAt);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        for (const std::string& note : sources[i].notes)
            addNote({sources[i].member, 0, NoteSeverity::Info, note, 1});
        if (sources[i].isInferred)
            reportOf(sources[i].member).isTimeInferred = true;
        if (const auto group = m_groups.find(std::string(keys[i])); group != m_groups.end())
            for (Series& series : group->second->series)
                series.clock = sources[i].clock;
    }
    m_clocks.clear();
}

void Merge::takeGroups(Snapshot& snapshot)
{
    for (auto& [key, group] : m_groups) {
        group->times->shrink_to_fit();
        for (Series& series : group->series) {
            series.values.padTo(group->times->size());
            snapshot.series.push_back(std::move(series));
        }
        for (Entity& entity : group->entities)
            if (!entity.ticks.empty())
                snapshot.entities.push_back(std::move(entity));
        group->series.clear();
        group->entities.clear();
    }
}

void Merge::takePackets(Snapshot& snapshot)
{
    snapshot.packets = m_packets.finish();
    const auto& sources = snapshot.packets.sources;
    const bool areTimed = std::all_of(sources.begin(), sources.end(),
        [](const PacketSource& source) { return source.tcpSegments == 0 || source.range; });
    if (areTimed)
        for (Series& series : tcp::wireSeries(snapshot.packets))
            snapshot.series.push_back(std::move(series));
    for (MemberReport& read : m_packets.reports()) {
        MemberReport& report = reportOf(read.path);
        report = std::move(read);
    }
    for (ImportNote& note : m_packets.notes())
        addNote(std::move(note));
    snapshot.isPartial = snapshot.isPartial || m_packets.isPartial();
}

/// What was refused as a whole left no member behind: packets, the kernel's log, a file that is read once.
void Merge::addDenials()
{
    const auto hasMember = [this](const std::string& path) {
        const auto below = m_reports.lower_bound(path + '/');
        return m_reports.contains(path) || (below != m_reports.end() && below->first.starts_with(path + '/'));
    };
    for (const auto& [path, errorNumber] : m_denials) {
        std::string below = path.starts_with('/') ? path : '/' + path;
        constexpr std::string_view anyProcess = "/<pid>/";
        if (const auto place = below.find(anyProcess); place != std::string::npos)
            below.replace(place, anyProcess.size(), "/[pid]/"); // as all of them together are called
        const bool isListed = hasMember(path) || hasMember("samples" + below) || hasMember("start" + below);
        if (!isListed)
            reportOf(path).errorNumber = errorNumber;
    }
}

void Merge::takeRest(Snapshot& snapshot)
{
    std::stable_sort(m_events.begin(), m_events.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
    snapshot.events = std::move(m_events);
    snapshot.tables = std::move(m_tables);
    snapshot.notes = std::move(m_notes);
    std::sort(m_gaps.begin(), m_gaps.end(), [](const Gap& a, const Gap& b) { return a.range.begin < b.range.begin; });
    snapshot.gaps = std::move(m_gaps);
    for (auto& [path, report] : m_reports)
        snapshot.members.push_back(std::move(report));
}

namespace {

/// The recorder counts sockets at each of its turns, and lists them at some: one count is enough. Where no socket was
/// ever listed, the counts of the listings alone say that there were listings.
void leaveOutSecondCounts(Snapshot& snapshot)
{
    const auto isCount = [](const Series& series, std::string_view source) {
        return series.metric == "tcp.sockets" && series.source == source;
    };
    const bool isCounted = std::any_of(snapshot.series.begin(), snapshot.series.end(),
        [&](const Series& series) { return isCount(series, "hindcast_socket_counts"); });
    const bool isListed = std::any_of(snapshot.entities.begin(), snapshot.entities.end(),
        [](const Entity& entity) { return entity.kind == EntityKind::Socket; });
    if (isCounted && isListed)
        std::erase_if(snapshot.series, [&](const Series& series) { return isCount(series, "hindcast_sockets"); });
}

} // namespace

std::shared_ptr<Snapshot> Merge::finish(unsigned jobs)
{
    auto snapshot = std::make_shared<Snapshot>();
    placeSources();
    snapshot->host = std::move(m_host);
    snapshot->isCoarse = m_isCoarse;
    snapshot->isPartial = m_isPartial;
    takeGroups(*snapshot);
    takePackets(*snapshot);
    leaveOutSecondCounts(*snapshot);
    pack(*snapshot, jobs);
    sortEntities(snapshot->entities);
    sortSeries(snapshot->series);
    deriveMetrics(*snapshot);
    sortSeries(snapshot->series);
    addDenials();
    takeRest(*snapshot);
    placeThreadDumps(*snapshot, m_askedDumps);
    addThreadDumpSeries(*snapshot);
    sortSeries(snapshot->series);
    setMemoryOfHost(*snapshot);
    setAxis(*snapshot);
    return snapshot;
}

} // namespace hindcast::parse
