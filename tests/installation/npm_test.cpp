#include "reconstruction/installation/npm.h"

#include <gtest/gtest.h>

#include <string>

namespace ahap {
namespace {

TEST(NpmReason, is_the_line_for_people_without_codes_and_advice) {
  EXPECT_EQ(
      npm_reason("npm error code ENOTFOUND\n"
                 "npm error syscall getaddrinfo\n"
                 "npm error errno ENOTFOUND\n"
                 "npm error network request to https://registry.npmjs.org/x failed, reason: getaddrinfo\n"
                 "npm error network This is a problem related to network connectivity.\n"
                 "npm error A complete log of this run can be found in: /root/.npm/_logs/1.log\n"),
      "request to https://registry.npmjs.org/x failed, reason: getaddrinfo");
  EXPECT_EQ(
      npm_reason("npm ERR! code ECONNREFUSED\n"
                 "npm ERR! FetchError: request to http://127.0.0.1:1/x failed, reason: connect ECONNREFUSED\n"
                 "npm ERR!     at ClientRequest.<anonymous> (index.js:130:14)\n"),
      "request to http://127.0.0.1:1/x failed, reason: connect ECONNREFUSED");
  EXPECT_EQ(npm_reason("npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://registry.npmjs.org/x\n"),
            "404 Not Found - GET https://registry.npmjs.org/x");
}

TEST(NpmReason, is_what_was_said_first_where_npm_itself_did_not_get_to_speak) {
  EXPECT_EQ(npm_reason("\n/usr/bin/env: 'node': No such file or directory\nmore\n"),
            "/usr/bin/env: 'node': No such file or directory");
  EXPECT_EQ(npm_reason("npm error code EACCES\n"), "code EACCES");
  EXPECT_EQ(npm_reason(""), "");
}

}  // namespace
}  // namespace ahap
