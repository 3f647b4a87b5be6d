#include "tests/tools/fake_service_methods.h"
