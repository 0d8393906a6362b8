#include "millwright/numeric/cpu.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/version.hpp"

namespace millwright {
namespace {

constexpr kernel_level every_level[] = {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512,
                                        kernel_level::neon64};

/// Puts the level back at the end of a test.
struct restore_level {
  kernel_level before = active_kernel_level();
  ~restore_level() { static_cast<void>(force_kernel_level(before)); }
};

TEST(cpu, names_and_levels_correspond) {
  for (const kernel_level level : every_level) EXPECT_EQ(parse_kernel_level(to_string(level)), level);
  EXPECT_FALSE(parse_kernel_level("").has_value());
  EXPECT_FALSE(parse_kernel_level("AVX2").has_value());
  EXPECT_FALSE(parse_kernel_level("avx").has_value());
}

TEST(cpu, the_scalar_and_the_architecture_level_are_always_there) {
  EXPECT_TRUE(is_available(kernel_level::scalar));
#if defined(__x86_64__)
  EXPECT_TRUE(is_available(kernel_level::sse2));
  EXPECT_FALSE(is_available(kernel_level::neon64));
#elif defined(__aarch64__)
  EXPECT_TRUE(is_available(kernel_level::neon64));
  EXPECT_FALSE(is_available(kernel_level::sse2));
#endif
  EXPECT_TRUE(is_available(active_kernel_level()));
}

TEST(cpu, forcing_a_level_switches_the_kernels) {
  const restore_level restore;
  for (const kernel_level level : every_level) {
    const auto forced = force_kernel_level(level);
    EXPECT_EQ(forced.has_value(), is_available(level));
    if (forced) {
      EXPECT_EQ(active_kernel_level(), level);
      EXPECT_EQ(detail::active_kernels().level, level);
      EXPECT_EQ(&detail::active_kernels(), detail::kernels_of(level));
    } else {
      EXPECT_EQ(forced.error().code, errc::invalid_argument);
      EXPECT_NE(forced.error().message().find(to_string(level)), std::string::npos);
      EXPECT_NE(active_kernel_level(), level);
      EXPECT_EQ(detail::kernels_of(level), nullptr);
    }
  }
}

#if defined(__x86_64__)
// The variable is read once, so each value needs a process of its own; these start the test program again.
TEST(cpu_death_test, the_environment_chooses_the_level) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto exits_with_level = [](const char* value, kernel_level expected) {
    setenv("MILLWRIGHT_LEVEL", value, 1);
    EXPECT_EXIT(std::exit(active_kernel_level() == expected ? 0 : 1), testing::ExitedWithCode(0), "") << value;
    unsetenv("MILLWRIGHT_LEVEL");
  };
  exits_with_level("scalar", kernel_level::scalar);
  exits_with_level("sse2", kernel_level::sse2);
  exits_with_level("neon64", is_available(kernel_level::avx512) ? kernel_level::avx512
                             : is_available(kernel_level::avx2) ? kernel_level::avx2
                                                                : kernel_level::sse2);
}
#endif

TEST(cpu, show_config_names_what_decides_the_numbers) {
  const restore_level restore;
  ASSERT_TRUE(force_kernel_level(kernel_level::scalar));
  const std::string text = show_config();
  const auto has = [&text](const std::string& part) { return text.find(part) != std::string::npos; };
  EXPECT_TRUE(has("version: " + std::string(version_string) + "\n"));
  EXPECT_TRUE(has("numerics_id: " + std::string(numerics_id) + "\n"));
  EXPECT_TRUE(has(std::string("fft_backend: ") + real_fft<double>::backend() + "\n"));
  EXPECT_TRUE(has("compiler: "));
  EXPECT_TRUE(has("\nkernel_levels_available: scalar"));
  EXPECT_TRUE(has("\nkernel_level: scalar\n"));
}

}  // namespace
}  // namespace millwright
