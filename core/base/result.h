// Result<T>: either a value or an Error said in the user's words. Nothing thrown leaves core.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace hindcast {

/// Why something as a whole could not be done. `where` is a path, or path:line, and may be empty.
struct Error {
    std::string what;
    std::string where;

    /// "where: what", the form every program prints behind its own name.
    std::string text() const { return where.empty() ? what : where + ": " + what; }
};

// TODO when the compiler floor reaches C++23: std::expected replaces Result.
template <typename T> class [[nodiscard]] Result {
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {
    }

    bool hasValue() const { return m_state.index() == 0; }
    explicit operator bool() const { return hasValue(); }

    const T& value() const&
    {
        assert(hasValue());
        return std::get<0>(m_state);
    }
    T& value() &
    {
        assert(hasValue());
        return std::get<0>(m_state);
    }
    T&& value() &&
    {
        assert(hasValue());
        return std::get<0>(std::move(m_state));
    }
    const Error& error() const
    {
        assert(!hasValue());
        return std::get<1>(m_state);
    }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Error> m_state;
};

} // namespace hindcast
