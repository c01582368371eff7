#include "base/sock_diag.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>

namespace sallyport::base {
namespace {

using ::testing::HasSubstr;

TcpEnds EndsBetween(const char* near, const char* far) {
  return {*IpAddress::Parse(near), 40'001, *IpAddress::Parse(far), 9229};
}

struct Answer {
  nlmsghdr header{};
  inet_diag_msg message{};

  std::string Bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
};

// What the kernel says about a connected socket of user 1000.
Answer AnswerAbout(const TcpEnds& ends, uint8_t family) {
  Answer answer;
  answer.header.nlmsg_len = sizeof answer;
  answer.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  answer.message.idiag_family = family;
  answer.message.idiag_state = TCP_ESTABLISHED;
  answer.message.idiag_uid = 1000;
  answer.message.idiag_inode = 77;
  inet_diag_sockid& id = answer.message.id;
  id.idiag_sport = htons(ends.near_port);
  id.idiag_dport = htons(ends.far_port);
  const auto put = [family](const IpAddress& address, uint32_t(&words)[4]) {
    auto* bytes = reinterpret_cast<uint8_t*>(words);
    const bool mapped = family == AF_INET6 && address.v4();
    if (mapped) bytes[10] = bytes[11] = 0xff;
    const std::string_view raw = address.First(16);
    std::memcpy(bytes + (mapped ? 12 : 0), raw.data(), raw.size());
  };
  put(ends.near, id.idiag_src);
  put(ends.far, id.idiag_dst);
  return answer;
}

std::string WhyNot(const std::string& bytes, const TcpEnds& ends) {
  const auto owner = ReadSockDiagAnswer(bytes, ends);
  return owner ? "it is user " + std::to_string(*owner) : owner.error();
}

TEST(SockDiag, TheAnswerAboutAConnectedSocketNamesItsUser) {
  const TcpEnds v4 = EndsBetween("127.0.0.1", "127.0.0.1");
  const TcpEnds v6 = EndsBetween("::1", "::1");
  EXPECT_EQ(WhyNot(AnswerAbout(v4, AF_INET).Bytes(), v4), "it is user 1000");
  EXPECT_EQ(WhyNot(AnswerAbout(v6, AF_INET6).Bytes(), v6), "it is user 1000");
  EXPECT_EQ(WhyNot(AnswerAbout(v4, AF_INET6).Bytes(), v4), "it is user 1000")
      << "of ::ffff:127.0.0.1";
}

TEST(SockDiag, ASocketThatNoProcessHoldsIsNotTakenForRoots) {
  const TcpEnds ends = EndsBetween("127.0.0.1", "127.0.0.1");
  Answer closed = AnswerAbout(ends, AF_INET);
  closed.message.idiag_inode = 0;
  closed.message.idiag_uid = 0;
  EXPECT_THAT(WhyNot(closed.Bytes(), ends), HasSubstr("has closed it"));
}

TEST(SockDiag, OnlyAConnectedSocketCounts) {
  const TcpEnds ends = EndsBetween("127.0.0.1", "127.0.0.1");
  for (const int state : {TCP_SYN_SENT, TCP_SYN_RECV, TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT,
                          TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING}) {
    Answer answer = AnswerAbout(ends, AF_INET);
    answer.message.idiag_state = static_cast<uint8_t>(state);
    EXPECT_THAT(WhyNot(answer.Bytes(), ends), HasSubstr("not connected")) << state;
  }
}

TEST(SockDiag, AnAnswerAboutAnotherSocketIsNone) {
  const TcpEnds ends = EndsBetween("127.0.0.1", "127.0.0.1");
  TcpEnds port = ends, far_port = ends;
  port.near_port = 40'002;
  far_port.far_port = 9230;
  for (const TcpEnds& other : {port, far_port, EndsBetween("127.0.0.2", "127.0.0.1"),
                               EndsBetween("127.0.0.1", "127.0.0.2")}) {
    EXPECT_THAT(WhyNot(AnswerAbout(other, AF_INET).Bytes(), ends), HasSubstr("another socket"));
  }
}

TEST(SockDiag, WhatTheKernelRefusesOrCutsShortIsNobodys) {
  const TcpEnds ends = EndsBetween("127.0.0.1", "127.0.0.1");
  const std::string whole = AnswerAbout(ends, AF_INET).Bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(WhyNot(whole.substr(0, size), ends), HasSubstr("ends too early")) << size;
  }
  Answer other = AnswerAbout(ends, AF_INET);
  other.header.nlmsg_type = NLMSG_DONE;
  EXPECT_THAT(WhyNot(other.Bytes(), ends), HasSubstr("does not match the question"));
  for (const auto& [error, why] :
       {std::pair(ENOENT, "this host has no such socket"), std::pair(EPERM, "not permitted")}) {
    nlmsghdr header{};
    header.nlmsg_len = sizeof header + sizeof(int32_t);
    header.nlmsg_type = NLMSG_ERROR;
    const int32_t number = -error;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    EXPECT_THAT(WhyNot(bytes, ends), HasSubstr(why));
  }
}

TEST(SockDiag, TheQuestionNamesBothEnds) {
  const std::string question = SockDiagQuestion(EndsBetween("127.0.0.1", "127.0.0.2"));
  ASSERT_EQ(question.size(), sizeof(nlmsghdr) + sizeof(inet_diag_req_v2));
  inet_diag_req_v2 request;
  std::memcpy(&request, question.data() + sizeof(nlmsghdr), sizeof request);
  EXPECT_EQ(request.sdiag_family, AF_INET);
  EXPECT_EQ(ntohs(request.id.idiag_sport), 40'001);
  EXPECT_EQ(ntohs(request.id.idiag_dport), 9229);
  EXPECT_EQ(ntohl(request.id.idiag_src[0]), 0x7f000001u);
  EXPECT_EQ(ntohl(request.id.idiag_dst[0]), 0x7f000002u);
}

}  // namespace
}  // namespace sallyport::base
