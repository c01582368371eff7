#include "outgoing/calls.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "outgoing/url.h"

namespace sallyport::outgoing {
namespace {

using Clock = std::chrono::steady_clock;

// How long the thread sleeps at most when nothing happens.
constexpr int kLongestSleepMillis = 1000;

using MultiHandle = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

struct Waiting {
  Call call;
  Calls::Done done;
  Clock::time_point due, deadline;
};

// A call under way. libcurl has pointers to it.
struct Transfer {
  Transfer(Handles& handles, Waiting call)
      : lease(handles.Take()), waiting(std::move(call)), headers(nullptr, curl_slist_free_all) {}

  Handles::Lease lease;
  Waiting waiting;
  CurlList headers;
  size_t greatest_answer = 0;
  std::string answer;
};

size_t TakeAnswer(char* data, size_t size, size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  // Returning another number than this ends the call with CURLE_WRITE_ERROR.
  if (transfer.answer.size() + size * count > transfer.greatest_answer) return 0;
  transfer.answer.append(data, size * count);
  return size * count;
}

Reply Failed(Reply::Failure failure, std::string cause) {
  Reply reply;
  reply.failure = failure;
  reply.cause = std::move(cause);
  return reply;
}

}  // namespace

class Calls::Thread {
 public:
  explicit Thread(Options options)
      : options_(std::move(options)),
        handles_(options_.ca_file),
        multi_(curl_multi_init(), curl_multi_cleanup) {
    if (!multi_) std::abort();
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.connections));
    thread_ = std::thread([this] { Run(); });
  }
  ~Thread() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
    for (const auto& [curl, transfer] : transfers_) curl_multi_remove_handle(multi_.get(), curl);
  }

  void Start(Call call, Done done) {
    const auto now = Clock::now();
    const auto due = now + std::chrono::milliseconds(call.wait_millis);
    const auto deadline = now + std::chrono::milliseconds(call.millis);
    {
      const std::lock_guard lock(mutex_);
      incoming_.push_back({std::move(call), std::move(done), due, deadline});
    }
    curl_multi_wakeup(multi_.get());
  }

 private:
  void Run() {
    while (TakeIncoming()) {
      DropLate();
      while (MayBegin()) Begin();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      if (FinishSome()) continue;
      curl_multi_poll(multi_.get(), nullptr, 0, SleepMillis(), nullptr);
    }
  }

  // False: the object is being destroyed.
  bool TakeIncoming() {
    std::deque<Waiting> incoming;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      incoming.swap(incoming_);
    }
    for (Waiting& call : incoming) {
      if (waiting_.size() < options_.waiting) {
        waiting_.push_back(std::move(call));
      } else {
        call.done(Failed(Reply::Failure::kCrowded, "too many calls are waiting"));
      }
    }
    return true;
  }

  // Calls that have waited for a connection for too long.
  void DropLate() {
    const auto now = Clock::now();
    if (std::none_of(waiting_.begin(), waiting_.end(),
                     [now](const Waiting& call) { return call.deadline <= now; })) {
      return;
    }
    std::deque<Waiting> in_time;
    for (Waiting& call : waiting_) {
      if (call.deadline > now) {
        in_time.push_back(std::move(call));
      } else {
        call.done(Failed(Reply::Failure::kTimedOut, "no connection was free in time"));
      }
    }
    waiting_.swap(in_time);
  }

  bool MayBegin() const {
    return !waiting_.empty() && transfers_.size() < options_.connections &&
           waiting_.front().due <= Clock::now();
  }

  void Begin() {
    auto transfer = std::make_unique<Transfer>(handles_, std::move(waiting_.front()));
    waiting_.pop_front();
    transfer->greatest_answer = options_.greatest_answer;
    CURL* const curl = transfer->lease.get();
    const Call& call = transfer->waiting.call;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        transfer->waiting.deadline - Clock::now());
    const long millis = std::max<long>(1, static_cast<long>(left.count()));
    for (const std::string& header : call.headers) Append(transfer->headers, header);
    if (call.is_get) {
      SetGet(curl, call.url);
    } else {
      SetPost(curl, call.url, call.body);
    }
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, millis);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, millis);
    if (IsPlainToThisHost(call.url)) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeAnswer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer.get());
    if (call.authenticate) call.authenticate(curl, transfer->headers);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers.get());
    if (curl_multi_add_handle(multi_.get(), curl) != CURLM_OK) std::abort();
    transfers_[curl] = std::move(transfer);
  }

  // Whether any call has ended.
  bool FinishSome() {
    bool any = false;
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      any = true;
      Finish(message->easy_handle, message->data.result);
    }
    return any;
  }

  void Finish(CURL* curl, CURLcode code) {
    const auto found = transfers_.find(curl);
    const std::unique_ptr<Transfer> transfer = std::move(found->second);
    transfers_.erase(found);
    Reply reply;
    if (code == CURLE_OK) {
      reply.failure = Reply::Failure::kNone;
      curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
      reply.body = std::move(transfer->answer);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
      reply = Failed(Reply::Failure::kTimedOut, curl_easy_strerror(code));
    } else if (code == CURLE_WRITE_ERROR) {
      reply = Failed(Reply::Failure::kTransport, "the answer is too long");
    } else {
      reply = Failed(Reply::Failure::kTransport, curl_easy_strerror(code));
    }
    curl_multi_remove_handle(multi_.get(), curl);
    transfer->waiting.done(std::move(reply));
  }

  int SleepMillis() const {
    if (waiting_.empty()) return kLongestSleepMillis;
    auto until = std::min_element(waiting_.begin(), waiting_.end(), [](auto& a, auto& b) {
                   return a.deadline < b.deadline;
                 })->deadline;
    if (transfers_.size() < options_.connections) until = std::min(until, waiting_.front().due);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, kLongestSleepMillis));
  }

  const Options options_;
  std::mutex mutex_;
  std::deque<Waiting> incoming_;  // guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_
  // The members below are used by the thread only, or after its end.
  Handles handles_;
  const MultiHandle multi_;
  std::deque<Waiting> waiting_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::thread thread_;
};

Calls::Calls(Options options) : thread_(std::make_unique<Thread>(std::move(options))) {}
Calls::~Calls() = default;
void Calls::Start(Call call, Done done) {
  thread_->Start(std::move(call), std::move(done));
}

}  // namespace sallyport::outgoing
