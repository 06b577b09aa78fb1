# What runs a kernel that is a process, user-mode Linux. Sourced after lib.sh, not run.

# What "install" made depends on how it is made.
uml=${cache%/*}/uml-$(cat "$here/make-uml" "$here/uml.config" | cksum | cut -d ' ' -f 1)

# A kernel that is a process runs Java several times as fast as an emulated processor does, but has one processor.
choose_uml() { # [COUNT]: sets guest to uml_guest where there is such a kernel, it would do and, as a trial tells, it works
    guest=guest
    would_do || return 0
    make_boot_image "$uml/busybox.cpio.gz" "$work/initramfs.uml"
    choose_processor
    if has_room_for_uml "${1:-1}" && uml_works; then
        say 'the kernel is a process instead (user-mode Linux)'
        unset SOFT_ROCE_EMULATED
        guest=uml_guest
    else
        say 'a kernel that is a process does not work here, or /dev/shm has no room for its memory'
    fi
}

would_do() {
    # The work folder is told by the kernel's command line.
    [ -n "${SOFT_ROCE_EMULATED:-}" ] && [ -z "${SOFT_ROCE_ACCELERATOR:-}" ] && [ "$processors" = 1 ] &&
        [[ $work != *[[:space:]]* ]] || return 1
    [ -x "$uml/linux" ] ||
        { say 'a kernel that is a process would take a fraction of the time: tests/soft-roce/install builds it' && return 1; }
}

has_room_for_uml() { # COUNT: their memory is a file there, as it is used
    local free
    free=$(df --output=avail --block-size=1 /dev/shm 2>/dev/null | tail -n 1)
    [ "${free:-0}" -ge $(($1 * $(numfmt --from=iec "${SOFT_ROCE_MEMORY:-3G}"))) ]
}

uml_works() {
    (uml_machine 256M "$work/trial.console" 'soft_roce=trial soft_roce_work=none' 15) >/dev/null 2>&1 || true
    grep -qs 'soft-roce: alive' "$work/trial.console"
}

# Its parts hand over to one another all the time, which takes several times as long between processors.
choose_processor() { # sets processor: one that no other has chosen, as long as this script and its children live; or none
    local number lock
    processor=''
    for ((number = 0; number < $(nproc --all); number++)); do
        taskset -c "$number" true 2>/dev/null || continue
        exec {lock}>"$uml/processor.$number"
        if flock -n "$lock"; then
            processor=$number
            return
        fi
        exec {lock}>&-
    done
}

uml_machine() { # MEMORY CONSOLE KERNEL-ARGUMENTS SECONDS: becomes a kernel that is a process; for a subshell
    # shellcheck disable=SC2086
    exec timeout --kill-after=5 "$4" ${processor:+taskset -c "$processor"} "$uml/linux" "mem=$1" "initrd=$work/initramfs.uml" \
        "uml_dir=$work/uml" seccomp=auto quiet con=null con0=null,fd:1 console=tty0 $3 >"$2" 2>&1 </dev/null
}

uml_guest() { # SHARE PROCESSORS [KERNEL-ARGUMENTS]: becomes such a kernel with the host's files and its work folder
    uml_machine "${SOFT_ROCE_MEMORY:-3G}" "$1.console" "soft_roce=guest soft_roce_work=$1 ${3:-}" "${SOFT_ROCE_TIMEOUT:-900}"
}
