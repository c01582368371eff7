-- wrk script: posts the form bodies of a file, one a line, over and over, to one path.
local requests = {}
local next_request = 0

function init(args)
  local path = os.getenv("BENCH_PATH")
  for body in io.lines(os.getenv("BENCH_BODIES")) do
    requests[#requests + 1] = wrk.format("POST", path, { ["Content-Type"] = "application/x-www-form-urlencoded" }, body)
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency, counters)
  local errors = summary.errors
  io.write(string.format("BENCH %d %d %d\n", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
