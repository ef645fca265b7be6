"""A decoder that dies is one answer, and the service goes on."""

import signal

from forensics_rt.serve.settings import Settings
from tests.serve.conftest import pdf, png


def test_a_decoder_that_dies_is_one_422(serve, detector, page):
    served = serve(Settings(decoders=1))
    files = served.service.files
    assert served.http.post("/v1/detect", content=png(page)).status_code == 200
    for child in list(files._idle.queue):
        child._process.send_signal(signal.SIGSEGV)
        child._process.wait()
    answer = served.http.post("/v1/detect", content=png(page))
    assert (answer.status_code, answer.json()["error"]) == (422, "ImageUnreadable")
    assert "its decoder was ended by SIGSEGV" in answer.json()["detail"]
    after = [served.http.post("/v1/detect", content=png(page)) for _ in range(3)]
    assert after[-1].status_code == 200
    copy = served.http.post("/v1/detect", content=pdf(page), headers={"Accept": "application/pdf"})
    assert copy.status_code == 200 and copy.content.startswith(b"%PDF")
    expected = detector(png(page)).to_dict()["raw_score"]
    assert after[-1].json()["raw_score"] == expected
