"""The pages in a text browser, Debian's lynx, which knows no scripts, no styles and no formaction: its keys are typed from a file."""

import http.server
import os
import subprocess
import threading
import urllib.parse

from browser import App
from sallyport_processes import PASSWORD, WEAK_HASHES, Server

CODE = "123456"
DOWN, ENTER = ["Down Arrow"], ["^J"]


class OwnSite:
    """The app's site: a page at each path. `seen` has the paths that a browser has asked for."""

    def __init__(self):
        self.seen = seen = []

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>app</title>here")

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def lynx(directory, url, *keys):
    """Opens the URL, and types: texts, and lists of the names of keys."""
    names = [name for part in keys for name in part]
    (directory / "keys").write_text("".join(f"key {name}\n" for name in [*names, "Q"]))
    # It shows each message for a second or two, unless told.
    (directory / "settings").write_text("INFOSECS:0\nMESSAGESECS:0\nALERTSECS:0\nDELAYSECS:0\nREPLAYSECS:0\nDEBUGSECS:0\n")
    command = f"lynx -cfg={directory / 'settings'} -accept_all_cookies -cmd_script={directory / 'keys'} '{url}'"
    subprocess.run(["script", "-qec", command, directory / "screen"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60, check=True,
                   env={**os.environ, "TERM": "xterm", "HOME": str(directory), "LC_ALL": "C.UTF-8"})


def test_somebody_signs_up_confirms_signs_in_and_out_in_a_text_browser(tmp_path):
    server, site = Server(*WEAK_HASHES, "--fixed-code", CODE), OwnSite()
    try:
        api = server.client()
        pool = api.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        app = App(server, api, pool, CallbackURLs=[f"{site.url}/callback"], LogoutURLs=[f"{site.url}/bye"])

        def at(path, **parameters):
            return f"{server.url}/{pool}{path}?" + urllib.parse.urlencode(parameters)

        request = app.request(redirect_uri=f"{site.url}/callback", state="s")
        go = ["g"]
        lynx(tmp_path, at("/oauth2/authorize", **request),
             # Past the form and the way to a new password.
             DOWN * 4, ENTER,
             "new", DOWN, "new@example.com", DOWN, PASSWORD, DOWN, PASSWORD, DOWN, ENTER,
             # The name is there already. Another code first: the second button of the form.
             DOWN * 3, ENTER,
             DOWN, CODE, DOWN, ENTER,
             DOWN, PASSWORD, DOWN, ENTER,
             go, at("/oauth2/authorize", **{**request, "prompt": "consent"}), ENTER, ENTER,
             go, at("/logout", client_id=app.id, logout_uri=f"{site.url}/bye"), ENTER,
             go, at("/oauth2/authorize", **{**request, "prompt": "none"}), ENTER)
        assert [urllib.parse.urlsplit(path).path for path in site.seen] == ["/callback", "/callback", "/bye", "/callback"], site.seen
        answers = [dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query)) for path in site.seen]
        assert "code" in answers[0] and "code" in answers[1] and answers[3]["error"] == "login_required", answers
        assert api.admin_get_user(UserPoolId=pool, Username="new")["UserStatus"] == "CONFIRMED"
        assert "If there is such an account, a code is on its way" in (tmp_path / "screen").read_text(errors="replace")
    finally:
        site.close()
        assert server.close() == 0
