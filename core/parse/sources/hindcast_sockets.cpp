// The recorder's socket listing: a line of names beginning with "#", then one socket per line, fields by name, "-" for
// what was not told. Source: capture/FORMAT.md; the figures are those of inet_diag (linux/inet_diag.h, linux/tcp.h).
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/socket_listing.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

enum class Text : std::uint8_t { None, Protocol, State, Local, Remote, Uid, Inode, Cookie, Owner };

/// What a named field of a line is: a text, or a figure divided by `divisor`.
struct SocketField {
    std::string_view name;
    Text text = Text::None;
    SocketColumn column = SocketColumn::Count;
    double divisor = 1;
};
constexpr double milliseconds = 1e3, microseconds = 1e6;
constexpr std::array knownFields{
    SocketField{"proto", Text::Protocol},
    SocketField{"state", Text::State},
    SocketField{"local", Text::Local},
    SocketField{"remote", Text::Remote},
    SocketField{"uid", Text::Uid},
    SocketField{"inode", Text::Inode},
    SocketField{"cookie", Text::Cookie},
    SocketField{"owner", Text::Owner},
    SocketField{"rqueue", Text::None, SocketColumn::ReceiveQueue},
    SocketField{"wqueue", Text::None, SocketColumn::SendQueue},
    SocketField{"timer", Text::None, SocketColumn::Timer},
    SocketField{"expires_ms", Text::None, SocketColumn::TimerExpires, milliseconds},
    SocketField{"retransmits", Text::None, SocketColumn::Retransmits},
    SocketField{"rtt_us", Text::None, SocketColumn::Rtt, microseconds},
    SocketField{"rttvar_us", Text::None, SocketColumn::RttVariance, microseconds},
    SocketField{"cwnd", Text::None, SocketColumn::Cwnd},
    SocketField{"unacked", Text::None, SocketColumn::Unacked},
    SocketField{"lost", Text::None, SocketColumn::Lost},
    SocketField{"total_retrans", Text::None, SocketColumn::TotalRetransmissions},
    SocketField{"bytes_acked", Text::None, SocketColumn::BytesAcked},
    SocketField{"bytes_received", Text::None, SocketColumn::BytesReceived},
};

const SocketField* fieldNamed(std::string_view name)
{
    for (const SocketField& field : knownFields)
        if (field.name == name)
            return &field;
    return nullptr;
}

/// Null for a name that a newer recorder may have added.
std::vector<const SocketField*> readHeading(std::string_view line)
{
    std::vector<const SocketField*> places;
    line.remove_prefix(1);
    for (auto name = nextField(line); !name.empty(); name = nextField(line))
        places.push_back(fieldNamed(name));
    return places;
}

void setText(ListedSocket& socket, Text which, std::string_view value)
{
    switch (which) {
    case Text::Protocol:
        socket.protocol = value;
        break;
    case Text::State:
        socket.state = tcpStateFromName(value);
        break;
    case Text::Local:
        socket.local = value;
        break;
    case Text::Remote:
        socket.remote = value;
        break;
    case Text::Uid:
        socket.uid = value;
        break;
    case Text::Inode:
        socket.inode = value;
        break;
    case Text::Cookie:
        socket.cookie = value;
        break;
    case Text::Owner:
        socket.owners = value;
        break;
    case Text::None:
        break;
    }
}

/// Nothing when the line has fewer fields than names, or a figure that is none.
std::optional<ListedSocket> readSocket(std::string_view line, const std::vector<const SocketField*>& places)
{
    ListedSocket socket;
    for (const SocketField* field : places) {
        const auto value = nextField(line);
        if (value.empty())
            return std::nullopt;
        if (!field || value == "-")
            continue;
        if (field->text != Text::None) {
            setText(socket, field->text, value);
            continue;
        }
        const auto number = parseDouble(value);
        if (!number)
            return std::nullopt;
        socket.set(field->column, *number / field->divisor);
    }
    if (socket.protocol.empty() || socket.local.empty())
        return std::nullopt;
    if (socket.values[static_cast<std::size_t>(SocketColumn::Timer)] == 0)
        socket.set(SocketColumn::TimerExpires, notMeasured);
    if (socket.state)
        socket.set(SocketColumn::State, static_cast<double>(*socket.state));
    return socket;
}

void readListing(const Sample& sample, SocketListings& listings, Builder& out)
{
    out.setText(sample.text);
    std::vector<const SocketField*> places;
    auto rest = sample.text;
    for (std::string_view line; nextLine(rest, line);) {
        if (line.starts_with("# not_listed unix"))
            continue; // none of them stands here
        // What is not named here may be open all the same.
        if (line.starts_with("# left_out") || line.starts_with("# not_listed")) {
            listings.setIncomplete();
            continue;
        }
        if (line.starts_with('#')) {
            places = readHeading(line);
            continue;
        }
        if (places.empty()) {
            listings.setIncomplete();
            out.skipped(line, "a socket before the names of the fields");
            return;
        }
        if (const auto socket = readSocket(line, places)) {
            listings.add(*socket);
        } else {
            listings.setIncomplete();
            out.skipped(line, "expected one value for each name of the first line");
        }
    }
}

void parse(const Input& input, Builder& out)
{
    SocketListings listings(out);
    for (const Sample& sample : input.samples) {
        if (trimmed(sample.text).empty())
            continue; // not even the names: nothing was listed
        listings.begin(sample.time);
        readListing(sample, listings, out);
    }
    listings.finish();
}

} // namespace

Parser hindcast_sockets()
{
    return {.id = "hindcast_sockets", .title = "Sockets", .members = "hindcast/sockets", .parse = parse};
}

} // namespace hindcast::parse
