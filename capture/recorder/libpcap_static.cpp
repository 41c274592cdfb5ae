// What makes libpcap.a fit into a static program. Its capture from D-Bus needs libdbus and libsystemd, of which there
// is no static form: the two functions here stand in front of that part of the archive, which is then never taken. And
// host and service names in filters would need the C library's name service, which loads shared objects at run time:
// here no name is known, so filters take numbers only.
#include <netdb.h>
#include <pcap/pcap.h>

// The names and parameters are libpcap's (pcap-dbus.h, pcap-int.h) and the C library's (netdb.h).
extern "C" {

pcap_t* dbus_create(const char*, char*, int* isOurs)
{
    *isOurs = 0;
    return nullptr;
}

int dbus_findalldevs(void*, char*)
{
    return 0;
}

int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo** found)
{
    *found = nullptr;
    return EAI_NONAME;
}

void freeaddrinfo(addrinfo*) noexcept { }

hostent* gethostbyname(const char*)
{
    return nullptr;
}

int getnetbyname_r(const char*, netent*, char*, size_t, netent** found, int* errorNumber)
{
    *found = nullptr;
    *errorNumber = HOST_NOT_FOUND;
    return 0;
}

int getprotobyname_r(const char*, protoent*, char*, size_t, protoent** found)
{
    *found = nullptr;
    return 0;
}

} // extern "C"
