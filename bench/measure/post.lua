-- wrk script: posts the bodies of a file, one a line, over and over, as one AWS JSON operation.
local bodies = {}
local next_body = 0
local headers = { ["Content-Type"] = "application/x-amz-json-1.1" }

function init(args)
  headers["X-Amz-Target"] = "AWSCognitoIdentityProviderService." .. os.getenv("BENCH_OPERATION")
  for body in io.lines(os.getenv("BENCH_BODIES")) do
    bodies[#bodies + 1] = wrk.format("POST", "/", headers, body)
  end
end

function request()
  next_body = next_body % #bodies + 1
  return bodies[next_body]
end

function done(summary, latency, counters)
  local errors = summary.errors
  io.write(string.format("BENCH %d %d %d\n", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
