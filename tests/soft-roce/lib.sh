# What the scripts of this folder share. Sourced, not run.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/openib/soft-roce

say() { printf 'soft-roce: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

newest_kernel() { # the version of the newest kernel in the cache, or nothing
    local found
    found=$(ls -d "$cache"/*/vmlinuz 2>/dev/null | sort -V | tail -n 1)
    [ -z "$found" ] || basename "$(dirname "$found")"
}
