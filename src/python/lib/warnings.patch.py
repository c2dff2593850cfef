

def _warn_unawaited_coroutine(coroutine):
    import _host

    for file, line, _ in coroutine.cr_origin or ():
        if not file.startswith("<"):
            _host.forgotten(coroutine, file, line)
            return
