"""What a browser may do with an answer of this program, on every answer: pages, files, redirects, errors, static files.

The policy for what a page loads (CSP) is in the settings and is added by django-csp, just inside of this.
"""

NO_DEVICE = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone")
NO_SERVICE = ("browsing-topics", "fullscreen", "midi", "payment", "publickey-credentials-get", "serial", "usb")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Django compares the origin of what is posted; nobody else learns where a reader comes from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in (*NO_DEVICE, *NO_SERVICE)),
    "X-Permitted-Cross-Domain-Policies": "none",
    # Nothing stays behind on a shared computer. Static files say otherwise of themselves.
    "Cache-Control": "no-store, private",
}


class HeadersMiddleware:
    """The outermost one: it sees the answers to what the others refuse too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
