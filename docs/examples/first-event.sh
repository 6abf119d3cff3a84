#!/usr/bin/env bash
# Reports that a job runs, and reads what its project has used. Needs curl and openssl, and a local stack: npm start
set -euo pipefail

url=${JOBMETER_URL:-http://localhost:3000}
secret=${WEBHOOK_SECRET:-whsec_am9ibWV0ZXItbG9jYWwtd2ViaG9vay1zZWNyZXQ=}
project=proj-1
token=${TOKEN:-$(npx jobmeter token --project "$project")}

# A CloudEvent. Its source, id and subject identify it for ever: sent again, it counts once.
job=job-$(openssl rand -hex 4)
event=$(cat <<JSON
{"specversion":"1.0","type":"training.job.status","source":"https://gra.training.example","id":"$job-1",
 "subject":"$job","time":"$(date -u +%Y-%m-%dT%H:%M:%SZ)",
 "data":{"projectId":"$project","status":"RUNNING","resources":{"flavor":"ai1-1-gpu","gpu":2,"cpu":26}}}
JSON
)

# Standard Webhooks: HMAC-SHA256 over "<id>.<timestamp>.<body>" with the key that follows whsec_, in base64.
key=$(printf %s "${secret#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
id=msg_$(openssl rand -hex 12)
timestamp=$(date +%s)
signature=$(printf '%s.%s.%s' "$id" "$timestamp" "$event" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)

curl -sS --fail-with-body "$url/v1/events" --data-binary "$event" \
  -H 'content-type: application/cloudevents+json' \
  -H "webhook-id: $id" -H "webhook-timestamp: $timestamp" -H "webhook-signature: v1,$signature"
echo

# The event is stored for good. What it costs follows a moment later.
for _ in {1..30}; do
  usage=$(curl -sS --fail-with-body "$url/v1/projects/$project/usage" -H "authorization: Bearer $token")
  if [[ $usage == *"$job"* ]]; then
    echo "$usage"
    exit 0
  fi
  sleep 1
done
echo "no usage of $job yet" >&2
exit 1
