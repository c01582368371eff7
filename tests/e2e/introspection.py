"""An introspection endpoint (RFC 7662) by Authlib, which asks Sallyport whether a token is still accepted."""

import threading

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask
from werkzeug.serving import make_server

# Both have characters that RFC 6749, section 2.3.1, has encoded before they become a user's name and password.
CLIENT, SECRET = "gate-1", "s3cret+/ %"


class _Client(ClientMixin):
    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic" and endpoint == "introspection"


class _Token(dict):
    def is_expired(self):
        return False

    def is_revoked(self):
        return False


class Introspection:
    def __init__(self, api):
        self.asked = []
        place = self

        class Endpoint(IntrospectionEndpoint):
            CLIENT_AUTH_METHODS = ["client_secret_basic"]

            def check_permission(self, token, client, request):
                return True

            def query_token(self, token_string, token_type_hint):
                place.asked.append(token_type_hint)
                try:
                    return _Token(api.get_user(AccessToken=token_string))
                except api.exceptions.NotAuthorizedException:
                    return None

            def introspect_token(self, token):
                return {"active": True, "username": token["Username"]}

        application = Flask("introspection")
        server = AuthorizationServer(application, query_client=lambda name: _Client() if name == CLIENT else None, save_token=lambda *_: None)
        server.register_endpoint(Endpoint)
        application.post("/introspect")(lambda: server.create_endpoint_response(Endpoint.ENDPOINT_NAME))
        self._server = make_server("127.0.0.1", 0, application, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/introspect"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
