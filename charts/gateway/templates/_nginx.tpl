{{/* A JSON body for nginx's `return`, in single quotes; nginx still expands $variables. */}}
{{- define "gateway.json" -}}
'{{ toJson . | replace "\\u003c" "<" | replace "\\u003e" ">" | replace "\\u0026" "&" | replace "'" "\\'" }}'
{{- end }}

{{/* Fails if a version is listed twice. */}}
{{- define "gateway.validate" -}}
{{- range $model, $spec := .Values.models }}
{{- $seen := dict }}
{{- range $spec.versions }}
{{- if hasKey $seen .version }}
{{- fail (printf "models.%s.versions: version %s is listed twice; remove one" $model .version) }}
{{- end }}
{{- $_ := set $seen .version true }}
{{- end }}
{{- end }}
{{- end }}

{{/* Names of models with a version, as JSON. */}}
{{- define "gateway.models" -}}
{{- $models := list }}
{{- range $model, $spec := .Values.models }}{{ if $spec.versions }}{{ $models = append $models $model }}{{ end }}{{ end -}}
{{ toJson $models }}
{{- end }}

{{/* The upstreams, and what the scripts know about them. */}}
{{- define "gateway.upstreams" -}}
{{- $upstreams := dict }}
{{- $versions := dict }}
{{- range $model, $spec := .Values.models }}
{{- range $spec.versions }}
{{- $_ := set $versions .service .version }}
{{- $_ := set $upstreams $model (set (default dict (get $upstreams $model)) .version .service) }}
upstream {{ .service }} {
    zone {{ .service }} 128k;
    # A headless Service resolves to its pods. The backup is the same pods again: with one pod, a refused connection
    # is retried once.
    server {{ .service }}.{{ $.Release.Namespace }}.svc.cluster.local:8080 resolve max_fails=0;
    server {{ .service }}.{{ $.Release.Namespace }}.svc.cluster.local:8080 resolve max_fails=0 backup;
    keepalive 32;
    # Shorter than the model server's, so that the gateway closes first.
    keepalive_timeout 4s;
}
{{- end }}
{{- end }}
{{- if .Values.labels.address }}
upstream labels {
    zone labels 128k;
    server {{ .Values.labels.address }} resolve max_fails=0;
}
{{- end }}
js_var $upstreams '{{ toJson $upstreams }}';
map $upstream $expected_version {
    {{- range $service, $version := $versions }}
    {{ $service }} "{{ $version }}";
    {{- end }}
    default "";
}
map $fallback $fallback_version {
    {{- range $service, $version := $versions }}
    {{ $service }} "{{ $version }}";
    {{- end }}
    default "";
}
{{- end }}

{{/* The record of a request: a line for people, numbers for Prometheus. */}}
{{- define "gateway.log" -}}
map $asked_path $asked_model {
    "~^/v[12]/models/(?<named>[^/]+)" $named;
    default "";
}
# The version that a request was sent to, whether it answered or not.
map $upstream_addr $sent_version {
    "" "";
    default $expected_version;
}
map $http_traceparent $trace_id {
    "~^[0-9a-f]{2}-(?<trace>[0-9a-f]{32})-" $trace;
    default "";
}
# Metrics count predictions, not labels, pages or probes.
map $asked_path $inference {
    "~^/v2/models/[^/]+(?:/versions/[^/]+)?/infer$" 1;
    "~^/v1/models/[^/]+/predict$" 1;
    default "";
}
# pod and attempts have one entry per attempt: a second means that the first got no answer.
log_format json escape=json '{"time":"$time_iso8601","level":"info","request_id":"$prediction_id","trace_id":"$trace_id","method":"$asked_method","path":"$asked_path","status":$status,"seconds":$request_time,"model":"$asked_model","version":"$sent_version","pod":"$upstream_addr","attempts":"$upstream_status","bytes":$body_bytes_sent}';
js_set $counted gateway.counted;
access_log /dev/stdout json if=$counted;
{{- end }}

{{/* Labels of any model, whether a version of it runs or not: the labels service knows the models. */}}
{{- define "gateway.labelsLocation" -}}
location ~ ^/v1/models/[^/]+/labels(?:/[^/]+)?$ {
    {{- if .Values.labels.address }}
    if ($allowed_methods != $request_method) {
        return 405;
    }
    client_max_body_size {{ .Values.labels.bodyMiB }}m;
    # No retries: the client gets the error and may resend, as duplicates are ignored.
    proxy_next_upstream off;
    proxy_set_header Connection "";
    proxy_set_header Host labels;
    proxy_set_header x-request-id $prediction_id;
    proxy_pass http://labels;
    {{- else }}
    return 404 {{ include "gateway.json" (dict "error" "this platform takes no labels: it has no labels service; run make up to get one") }};
    {{- end }}
}
{{- end }}

{{/* The upstream of a request. */}}
{{- define "gateway.choice" -}}
# One id, one bucket: a repeated request gets the same version. Weights are whole percents.
split_clients $prediction_id $bucket {
    {{- range until 99 }}
    1% {{ . }};
    {{- end }}
    * 99;
}
js_set $upstream gateway.upstream;
js_set $fallback gateway.fallback;
js_set $replay gateway.replay;
{{- end }}

{{/* Call with a dict: match (regular expression that captures $model and optionally $version_path). */}}
{{- define "gateway.modelLocation" -}}
location ~ {{ .match }} {
    if ($upstream = "") {
        return 418;
    }
    # Its own failures lead to the champion from there.
    recursive_error_pages on;
    if ($fallback != "") {
        return 419;
    }
    js_header_filter gateway.checkOrigin;
    js_body_filter gateway.dropForeign buffer_type=buffer;
    proxy_pass http://$upstream;
}
{{- end }}

{{/* See @unanswered. */}}
{{- define "gateway.againLocation" -}}
location @again {
    # It may fail too, which is told as ever.
    recursive_error_pages on;
    js_header_filter gateway.checkOrigin;
    js_body_filter gateway.dropForeign buffer_type=buffer;
    proxy_pass http://$upstream;
}
{{- end }}

{{/*
A request that its weight gave to a canary: what fails, or takes longer than the champion ever does, the champion answers.
It counts against the canary.
*/}}
{{- define "gateway.canaryLocations" -}}
location @canary {
    recursive_error_pages on;
    js_header_filter gateway.checkOrigin;
    js_body_filter gateway.dropForeign buffer_type=buffer;
    proxy_connect_timeout 1s;
    proxy_read_timeout {{ .Values.limits.canarySeconds }}s;
    # Not another try at the canary.
    proxy_next_upstream off;
    proxy_intercept_errors on;
    error_page 413 /-/413;
    error_page 500 502 503 504 = @champion;
    proxy_pass http://$upstream;
}
location @champion {
    js_header_filter gateway.checkFallback;
    js_body_filter gateway.dropForeign buffer_type=buffer;
    proxy_pass http://$fallback;
}
{{- end }}

{{/*
Answers to requests that nginx itself refuses, by status. A malformed request has no path, so a named location cannot
serve it. 408 is missing, as nginx closes the connection of a client that stopped sending.
*/}}
{{- define "gateway.refusals" -}}
{{- $limits := .Values.limits -}}
{{- $refusals := dict
  "400" "the request cannot be read as HTTP/1.1; expected a well-formed request line, headers and body; correct the client"
  "405" "method $asked_method is not allowed here; expected GET or HEAD for the gateway's own paths, GET or POST for a model's, POST for labels, GET for a receipt of them"
  "411" "the request has no length; expected a content-length header or a chunked body; correct the client"
  "413" "request body larger than $body_limit per request"
  "414" "the request line is longer than 8 KiB; put the data into the body"
  "417" "the expectation in the expect header cannot be met; expected 100-continue or none; correct the client"
  "431" "a request header is longer than 8 KiB, or all are longer than 32 KiB; send fewer or shorter headers"
  "500" "the gateway failed; see the logs of its pods"
  "501" "this transfer-encoding is not known; expected chunked or a content-length; correct the client"
  "503" "$asked_of not answer; see mlops status"
  "504" (printf "no answer within %d s; send fewer rows per request or raise limits.answerSeconds" (int $limits.answerSeconds))
  "505" "this version of HTTP is not known; expected HTTP/1.0 or HTTP/1.1; correct the client"
-}}
{{- range $status, $error := $refusals }}
error_page {{ $status }} /-/{{ $status }};
{{- end }}
# nginx's own status for oversized headers.
error_page 494 =431 /-/431;
error_page 502 = @unanswered;
{{- range $status, $error := $refusals }}
location = /-/{{ $status }} {
    internal;
    {{- if eq $status "405" }}
    add_header x-request-id $prediction_id always;
    add_header allow $allowed_methods always;
    {{- end }}
    return {{ $status }} {{ include "gateway.json" (dict "error" $error) }};
}
{{- end }}
location @unanswered {
    # No address: no pod was asked, as there is none.
    if ($upstream_addr !~ ":") {
        return 503 {{ include "gateway.json" (dict "error" "$nobody_ready; see mlops status") }};
    }
    recursive_error_pages on;
    # nginx gives up the second try where the upstream got other addresses since the first, and notes its name in place
    # of a pod. Sent from the start, the request meets them.
    if ($upstream_addr ~ "^[^ ]+:[0-9]+, [^: ]+$") {
        return 420;
    }
    return 502 {{ include "gateway.json" (dict "error" "$asked_of not answer; see mlops status") }};
}
{{- end }}

{{/* The whole file. Call with a dict: root (the chart's context), hash (reported by /gateway/config). */}}
{{- define "gateway.nginx" -}}
{{- $models := fromJsonArray (include "gateway.models" .root) }}
{{- $none := "no model is deployed; train and deploy one: mlops train MODEL" -}}
{{- $other := printf "not found; models: %s; paths start with /v2/models/MODEL or /v1/models/MODEL" (join ", " $models) -}}
load_module /usr/lib/nginx/modules/ngx_http_js_module.so;
daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
# Requests that outlive this at a reload or shutdown are cut off.
worker_shutdown_timeout 50s;

events {
    worker_connections 1024;
}

http {
    default_type application/json;
    server_tokens off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    # Written by run.sh: the pod's name servers, queried every second.
    include /tmp/resolver.conf;
    resolver_timeout 2s;

    js_path /opt/gateway;
    js_import gateway from gateway.js;
    js_shared_dict_zone zone=gateway:1m;
    js_shared_dict_zone zone=metrics:1m type=number;
    js_var $release_list /etc/release-list/releases.json;
    js_var $release_history /etc/release-list/history.json;
    js_var $config_hash "{{ .hash }}";
    js_var $foreign "";

    # The original path, even if nginx answers from another location.
    map $request_uri $asked_path {
        "~^([^?]*)" $1;
    }
    map $request $asked_method {
        "~^([A-Z]+) " $1;
        default "-";
    }
{{ include "gateway.log" .root | trim | indent 4 }}

    # On a reload or shutdown, idle connections stay open this long, and their next answer says `Connection: close`.
    # Without it a request under way would hit a closed socket.
    keepalive_min_timeout 15s;
    keepalive_timeout 75s;
    keepalive_requests 100000;
    client_header_timeout 15s;
    client_body_timeout 15s;
    client_max_body_size {{ .root.Values.limits.bodyMiB }}m;
    # Bodies stay in memory: files are slow and need a writable disk.
    client_body_buffer_size {{ .root.Values.limits.bodyMiB }}m;
    large_client_header_buffers 4 8k;
    send_timeout 15s;
    reset_timedout_connection on;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    # The client's may be missing (HTTP/1.0), and nothing reads it.
    proxy_set_header Host $upstream;
    proxy_set_header x-request-id $prediction_id;
    proxy_set_header x-model-replay $replay;
    proxy_hide_header x-request-id;
    # A response could control nginx with these.
    proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
    proxy_connect_timeout {{ .root.Values.limits.connectSeconds }}s;
    proxy_read_timeout {{ .root.Values.limits.answerSeconds }}s;
    proxy_send_timeout {{ .root.Values.limits.answerSeconds }}s;
    # Inference is idempotent, so a POST may be retried.
    proxy_next_upstream error timeout non_idempotent;
    proxy_next_upstream_tries 2;
    add_header x-request-id $prediction_id always;

    # The caller's id if it is safe in logs and headers and names no row of a batch, else a new one. The model server
    # accepts the same ids (model-server/src/http/request-id.ts): contracts/request-ids.json has the rule.
    map $http_x_request_id $prediction_id {
        "~^(?!.*/[0-9]+$)[A-Za-z0-9._:/=@+-]{1,128}$" $http_x_request_id;
        default $request_id;
    }
{{ include "gateway.upstreams" .root | trim | indent 4 }}
{{ include "gateway.choice" .root | trim | indent 4 }}

    # Labels are recognized by the original path, as the answer may come from another location.
    map $asked_path $allowed_methods {
        "~^/v1/models/[^/]+/labels$" "POST";
        "~^/v1/models/[^/]+/labels/[^/]+$" "GET";
        "~^/v[12]/models/" "GET, POST";
        default "GET, HEAD";
    }
    map $asked_path $body_limit {
        "~^/v1/models/[^/]+/labels(/[^/]+)?$" "{{ .root.Values.labels.bodyMiB }} MiB; send fewer labels";
        default "{{ .root.Values.limits.bodyMiB }} MiB; send fewer rows";
    }
    map $asked_path $asked_of {
        "~^/v1/models/[^/]+/labels(/[^/]+)?$" "the labels service does";
        default "the model's pods do";
    }
    map $asked_path $nobody_ready {
        "~^/v1/models/[^/]+/labels(/[^/]+)?$" "the labels service has no address";
        default "the model has no pod that is ready";
    }

    server {
        listen 8080 backlog=4096;
        error_page 404 @not_found;
        error_page 418 = @refused;
        error_page 419 = @canary;
        error_page 420 = @again;
{{ include "gateway.refusals" .root | trim | indent 8 }}

        location = /v2 {
            if ($request_method !~ "^(GET|HEAD)$") {
                return 405;
            }
            return 200 {{ include "gateway.json" (dict "name" "mlops-gateway" "version" .root.Chart.Version "extensions" list) }};
        }
        location = /v2/health/live {
            if ($request_method !~ "^(GET|HEAD)$") {
                return 405;
            }
            return 200 '{"live":true}';
        }
        location = /v2/health/ready {
            if ($request_method !~ "^(GET|HEAD)$") {
                return 405;
            }
            js_content gateway.ready;
        }
        location = /gateway/config {
            access_log off;
            if ($request_method !~ "^(GET|HEAD)$") {
                return 405;
            }
            js_content gateway.config;
        }
        location = /-/probe {
            internal;
            proxy_pass http://$arg_group/v2/health/ready;
            proxy_set_header Host $arg_group;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_pass_request_body off;
            proxy_connect_timeout 1s;
            proxy_read_timeout 1s;
            proxy_next_upstream_timeout 1s;
        }
        location @routes {
            js_periodic gateway.refresh interval=200ms;
        }
{{ include "gateway.labelsLocation" .root | indent 8 }}
        {{- if $models }}
        {{- $any := join "|" $models }}
{{ include "gateway.modelLocation" (dict "match" (printf "^/v2/models/(?<model>%s)/(?<version_path>versions(?:/[^/]*)?)(?:/|$)" $any)) | indent 8 }}
{{ include "gateway.modelLocation" (dict "match" (printf "^/v[12]/models/(?<model>%s)(?:/|$)" $any)) | indent 8 }}
        location @refused {
            js_content gateway.refuse;
        }
{{ include "gateway.againLocation" .root | indent 8 }}
{{ include "gateway.canaryLocations" .root | indent 8 }}
        {{- end }}
        location / {
            return 404 {{ include "gateway.json" (dict "error" (ternary $other $none (gt (len $models) 0)) "models" $models) }};
        }
        location @not_found {
            return 404 {{ include "gateway.json" (dict "error" (ternary $other $none (gt (len $models) 0)) "models" $models) }};
        }
    }

    server {
        listen 8081;
        access_log off;
        location = /stub_status {
            stub_status;
        }
        location = /metrics {
            js_content gateway.metrics;
        }
        location = /ready {
            return 200 '{"ready":true}';
        }
        location / {
            return 404 '{"error":"not found; paths: /metrics, /stub_status, /ready"}';
        }
    }
}
{{- end }}

{{/* Identifies a configuration by its content; the CLI compares it with /gateway/config. */}}
{{- define "gateway.hash" -}}
{{ include "gateway.nginx" (dict "root" . "hash" "") | sha256sum | trunc 16 }}
{{- end }}
