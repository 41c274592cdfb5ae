#include "syncer.h"

#include "helper.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t period = 8'000'000'000; // and a while until it is done: 10 s are promised

union Ancillary { // man 3 cmsg
    char bytes[CMSG_SPACE(sizeof(int))];
    cmsghdr header;
};

bool sendDescriptor(int socket, int descriptor)
{
    char wish = 0;
    iovec part{&wish, 1};
    Ancillary ancillary{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = ancillary.bytes;
    message.msg_controllen = sizeof ancillary.bytes;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/// -1 when the other side is gone.
int receiveDescriptor(int socket)
{
    char wish = 0;
    iovec part{&wish, 1};
    Ancillary ancillary{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = ancillary.bytes;
    message.msg_controllen = sizeof ancillary.bytes;
    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    int descriptor = -1;
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS)
        std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

[[noreturn]] void serve(int socket)
{
    for (;;) {
        const int descriptor = receiveDescriptor(socket);
        if (descriptor < 0)
            _exit(0);
        int failure = fdatasync(descriptor) != 0 ? errno : 0;
        if (failure == EINVAL || failure == EROFS) // what it was asked of cannot be forced to a disk, as a pipe
            failure = 0;
        close(descriptor);
        if (send(socket, &failure, sizeof failure, MSG_NOSIGNAL) != sizeof failure)
            _exit(0);
    }
}

} // namespace

Syncer::~Syncer()
{
    end();
}

void Syncer::start()
{
    int ends[2];
    if (m_when == Sync::End || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    m_child = fork();
    if (m_child == 0) {
        beginHelper();
        closeAllBut(ends[1], -1);
        serve(ends[1]);
    }
    close(ends[1]);
    m_socket = ends[0];
    if (m_child < 0)
        end();
}

void Syncer::noteTick(int descriptor, std::int64_t now)
{
    if (m_socket < 0 || descriptor < 0 || (m_isAsked && !isAnswered(MSG_DONTWAIT)))
        return;
    if (m_when == Sync::Periodic && m_lastAsked != 0 && now - m_lastAsked < period)
        return;
    if (!sendDescriptor(m_socket, descriptor)) {
        if (errno != EAGAIN)
            end();
        return;
    }
    m_isAsked = true;
    m_lastAsked = now;
}

void Syncer::finish()
{
    while (m_socket >= 0 && m_isAsked)
        isAnswered(0);
}

bool Syncer::isAnswered(int flags)
{
    int failure = 0;
    const ssize_t got = recv(m_socket, &failure, sizeof failure, flags);
    if (got == sizeof failure) {
        m_isAsked = false;
        m_failure = failure != 0 ? failure : m_failure;
        return true;
    }
    if (got >= 0 || (errno != EAGAIN && errno != EINTR))
        end();
    return false;
}

/// One that hangs in fdatasync cannot be ended; it goes when the disk answers.
void Syncer::end()
{
    if (m_socket >= 0)
        close(std::exchange(m_socket, -1));
    if (m_child > 0) {
        kill(m_child, SIGKILL);
        waitpid(m_child, nullptr, WNOHANG);
    }
    m_child = -1;
    m_isAsked = false;
}

} // namespace hindcast::recorder
