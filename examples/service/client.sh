#!/bin/sh
# A client of `forensics-rt serve` with curl: examine an image, fetch its overlay, and a PDF as a job.
#
# sh examples/service/client.sh docs/samples/license.jpg [ADDRESS [DOCUMENT.pdf]]
set -eu
image=$1
address=${2:-http://127.0.0.1:8000}
document=${3:-}

# curl waits as long as Retry-After says, and tries again after 429 and 503.
ask() {
    curl --silent --show-error --fail-with-body --retry 5 --connect-timeout 5 --max-time 150 \
        ${FORENSICS_RT_TOKEN:+--header "Authorization: Bearer $FORENSICS_RT_TOKEN"} "$@"
}

echo "result:"
ask --form "file=@$image" "$address/v1/detect?threshold=0.5"
echo

ask --form "file=@$image" --header "Accept: image/png" --output overlay.png "$address/v1/detect"
echo "overlay.png written"

if [ -n "$document" ]; then
    place=$(ask --form "file=@$document" --output job.json --write-out '%header{location}' \
        "$address/v1/jobs")
    while ask "$address$place" | grep -qE '"state":"(waiting|running)"'; do
        sleep 0.5
    done
    ask --header "Accept: application/pdf" --output annotated.pdf "$address$place/result"
    echo "annotated.pdf written"
    ask --request DELETE "$address$place"
fi
