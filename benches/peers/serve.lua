-- What wrk sends for `serve.py`: the bodies of a file, one a line, in turn; and what came of it, as one line of JSON.
-- usage: wrk -s serve.lua ... -- METHOD PATH [BODIES]
local requests = {}
local turn = 0

function init(arguments)
    local method, path, bodies = arguments[1], arguments[2], arguments[3]
    local headers = { ["Content-Type"] = "application/json" }
    if bodies then
        for body in io.lines(bodies) do
            requests[#requests + 1] = wrk.format(method, path, headers, body)
        end
    else
        -- Taken from a list too, so that it costs the same here.
        requests[1] = wrk.format(method, path)
    end
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "refused_connections": %d, '
            .. '"failed_reads": %d, "failed_writes": %d, "timeouts": %d, "status_of_400_or_more": %d}\n',
        summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        latency.max / 1e3, errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
