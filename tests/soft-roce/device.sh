# Which RDMA port is used. Sourced, not run.

first_active_port() { # prints the device and the port, with a space between, of the first that carries traffic; or nothing
    local state
    for state in /sys/class/infiniband/*/ports/*/state; do
        grep -qs ': ACTIVE$' "$state" || continue
        state=${state#/sys/class/infiniband/} state=${state%/state}
        printf '%s %s\n' "${state%%/*}" "${state##*/}"
        return
    done
}
