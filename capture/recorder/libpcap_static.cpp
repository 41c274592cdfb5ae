// What makes libpcap.a fit into a static program. Its capture from D-Bus needs libdbus and libsystemd, of which there
// is no static form: the two functions here stand in front of that part of the archive, which is then never taken. The
// same is done for what the recorder does not use of it: capture from USB, Bluetooth and netfilter, and the reading of
// files. And names in filters would need the C library's name service, which loads shared objects at run time and is
// 100 kB: here no name is known, so filters take numbers only.
// All are weak: should a library need the member of its own that defines one of them, that one holds.
#include <netdb.h>
#include <netinet/ether.h>
#include <pcap/pcap.h>

#include <cstdint>
#include <cstdio>

// The names and parameters are libpcap's (pcap-dbus.h and its like, pcap-int.h, sf-pcap.h) and the C library's
// (netdb.h, netinet/ether.h).
extern "C" {

[[gnu::weak]] pcap_t* dbus_create(const char*, char*, int* isOurs)
{
    *isOurs = 0;
    return nullptr;
}

[[gnu::weak]] int dbus_findalldevs(void*, char*)
{
    return 0;
}

[[gnu::weak]] pcap_t* usb_create(const char*, char*, int* isOurs)
{
    *isOurs = 0;
    return nullptr;
}

[[gnu::weak]] int usb_findalldevs(void*, char*)
{
    return 0;
}

[[gnu::weak]] pcap_t* bt_create(const char*, char*, int* isOurs)
{
    *isOurs = 0;
    return nullptr;
}

[[gnu::weak]] int bt_findalldevs(void*, char*)
{
    return 0;
}

[[gnu::weak]] pcap_t* bt_monitor_create(const char*, char*, int* isOurs)
{
    *isOurs = 0;
    return nullptr;
}

[[gnu::weak]] int bt_monitor_findalldevs(void*, char*)
{
    return 0;
}

[[gnu::weak]] pcap_t* netfilter_create(const char*, char*, int* isOurs)
{
    *isOurs = 0;
    return nullptr;
}

[[gnu::weak]] int netfilter_findalldevs(void*, char*)
{
    return 0;
}

[[gnu::weak]] pcap_t* pcap_check_header(const std::uint8_t*, FILE*, u_int, char*, int* failed)
{
    *failed = 0; // not a file of this kind
    return nullptr;
}

[[gnu::weak]] pcap_t* pcap_ng_check_header(const std::uint8_t*, FILE*, u_int, char*, int* failed)
{
    *failed = 0;
    return nullptr;
}

[[gnu::weak]] int ether_hostton(const char*, ether_addr*)
{
    return -1;
}

[[gnu::weak]] int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo** found)
{
    *found = nullptr;
    return EAI_NONAME;
}

[[gnu::weak]] void freeaddrinfo(addrinfo*) noexcept { }

[[gnu::weak]] hostent* gethostbyname(const char*)
{
    return nullptr;
}

[[gnu::weak]] int getnetbyname_r(const char*, netent*, char*, size_t, netent** found, int* errorNumber)
{
    *found = nullptr;
    *errorNumber = HOST_NOT_FOUND;
    return 0;
}

[[gnu::weak]] int getprotobyname_r(const char*, protoent*, char*, size_t, protoent** found)
{
    *found = nullptr;
    return 0;
}

} // extern "C"
