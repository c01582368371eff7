-- wrk script: each request takes the next line of a file, over and over: as its body, or where a header has "{line}".
local requests = {}
local next_request = 0

function init(args)
  local method, path = os.getenv("BENCH_METHOD"), os.getenv("BENCH_PATH")
  for line in io.lines(os.getenv("BENCH_LINES")) do
    local headers = {}
    for name, value in os.getenv("BENCH_HEADERS"):gmatch("([^:\n]+): ([^\n]+)") do
      headers[name] = value:gsub("{line}", function() return line end)
    end
    requests[#requests + 1] = wrk.format(method, path, headers, method == "POST" and line or nil)
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
