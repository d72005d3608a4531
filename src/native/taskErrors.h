// Why work on a forest ended; anything else that is thrown is a plain failure.
#pragma once

#include <stdexcept>

namespace familiar {

class Cancelled : public std::runtime_error {
public:
  Cancelled() : std::runtime_error("the work was cancelled") {}
};

// A file that is not what was once saved.
class Damaged : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace familiar
