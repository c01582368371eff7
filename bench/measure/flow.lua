-- wrk script: authorization code flows. A request is for a code, with the next cookie of a file, or redeems a code that has come back.
local threads = {}
local authorize = {}
local next_cookie = 0
local codes = {}
flows, errors = 0, 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  for line in io.lines(os.getenv("BENCH_LINES")) do
    authorize[#authorize + 1] = wrk.format("GET", os.getenv("BENCH_AUTHORIZE"), {["Cookie"] = line})
  end
  token, form = os.getenv("BENCH_TOKEN"), os.getenv("BENCH_FORM")
end

function request()
  local code = table.remove(codes)
  if code then
    return wrk.format("POST", token, {["Content-Type"] = "application/x-www-form-urlencoded"}, form .. code)
  end
  next_cookie = next_cookie % #authorize + 1
  return authorize[next_cookie]
end

function response(status, headers, body)
  if status == 200 and body:find('"id_token"', 1, true) and body:find('"refresh_token"', 1, true) then
    flows = flows + 1
    return
  end
  local location = headers["Location"] or headers["location"]
  local code = location and location:match("[?&]code=([^&]+)")
  if code then
    codes[#codes + 1] = code
  else
    errors = errors + 1
  end
end

function done(summary, latency, counters)
  local all, failed = 0, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do
    all = all + thread:get("flows")
    failed = failed + thread:get("errors")
  end
  io.write(string.format("BENCH %d %d %d\n", all, summary.duration, failed))
end
