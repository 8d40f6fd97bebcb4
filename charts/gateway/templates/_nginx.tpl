{{/* A JSON body for nginx's `return`, in single quotes; $variables of nginx stay usable. */}}
{{- define "gateway.json" -}}
'{{ toJson . | replace "\\u003c" "<" | replace "\\u003e" ">" | replace "\\u0026" "&" | replace "'" "\\'" }}'
{{- end }}

{{/*
Fails unless the weights of every model add up to 100, or all are 0: a first version that is not ready yet.
No version may be listed twice.
*/}}
{{- define "gateway.validate" -}}
{{- range $model, $spec := .Values.models }}
{{- $sum := 0 }}
{{- $seen := dict }}
{{- range $spec.versions }}
{{- $sum = add $sum .weight }}
{{- if hasKey $seen .version }}
{{- fail (printf "models.%s.versions: version %s is listed twice; remove one" $model .version) }}
{{- end }}
{{- $_ := set $seen .version true }}
{{- end }}
{{- if not (has (int $sum) (list 0 100)) }}
{{- fail (printf "models.%s.versions: the weights add up to %d, expected 100; correct the release list with mlops deploy or mlops rollback" $model (int $sum)) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the models look like to nginx: upstreams, weights and the choice per request. */}}
{{- define "gateway.routes" -}}
{{- range $model, $spec := .Values.models }}
{{- if $spec.versions }}
{{- $id := $model | replace "-" "_" }}
{{- range $spec.versions }}
upstream {{ .service }} {
    # Listed twice, so that a refused connection is tried once more: a Service has several pods.
    server {{ .service }}.{{ $.Release.Namespace }}.svc.cluster.local:8080 max_fails=0;
    server {{ .service }}.{{ $.Release.Namespace }}.svc.cluster.local:8080 max_fails=0;
    keepalive 32;
    # Shorter than the model server's own, so that the gateway is the one to close.
    keepalive_timeout 4s;
}
{{- end }}
{{- $serving := list }}
{{- range $spec.versions }}{{ if gt (int .weight) 0 }}{{ $serving = append $serving . }}{{ end }}{{ end }}
{{- if $serving }}
split_clients $request_id ${{ $id }}_by_weight {
    {{- range initial $serving }}
    {{ .weight }}% {{ .service }};
    {{- end }}
    * {{ (last $serving).service }};
}
{{- end }}
map $http_x_model_version ${{ $id }}_upstream {
    "" {{ if $serving }}${{ $id }}_by_weight{{ else }}none{{ end }};
    {{- range $spec.versions }}
    "{{ .version }}" {{ .service }};
    {{- end }}
    default "";
}
{{- end }}
{{- end }}
{{- end }}

{{- define "gateway.locations" -}}
{{- range $model, $spec := .Values.models }}
{{- if $spec.versions }}
{{- $id := $model | replace "-" "_" }}
{{- $running := list }}
{{- $weight := 0 }}
{{- range $spec.versions }}{{ $running = append $running .version }}{{ $weight = add $weight .weight }}{{ end }}
{{- $unknown := dict "error" (printf "this version of model %s does not run; running: %s; ask for one of them or leave out the version" $model (join ", " $running)) "model" $model "running" $running }}
{{- range $spec.versions }}
location ~ ^/v2/models/{{ $model }}/versions/{{ .version }}(/|$) {
    proxy_pass http://{{ .service }};
}
{{- end }}
# Regular expressions are tried in order: what is left here are versions that do not run.
location ~ ^/v2/models/{{ $model }}/versions(/|$) {
    return 404 {{ include "gateway.json" $unknown }};
}
location ~ ^/v[12]/models/{{ $model }}(/|$) {
    if (${{ $id }}_upstream = "") {
        return 404 {{ include "gateway.json" $unknown }};
    }
    {{- if not $weight }}
    if (${{ $id }}_upstream = none) {
        return 503 {{ include "gateway.json" (dict "error" (printf "no version of model %s takes requests yet; wait for its deployment, or run: mlops deploy %s@VERSION" $model $model) "model" $model "running" $running) }};
    }
    {{- end }}
    proxy_pass http://${{ $id }}_upstream;
}
{{- end }}
{{- end }}
{{- end }}

{{/* The whole file. Call with a dict: root (the chart's context), hash (what /gateway/config answers). */}}
{{- define "gateway.nginx" -}}
{{- $models := list }}
{{- range $model, $spec := .root.Values.models }}{{ if $spec.versions }}{{ $models = append $models $model }}{{ end }}{{ end -}}
{{- $none := "no model is deployed; train and deploy one: mlops train MODEL" -}}
{{- $other := printf "not found; models: %s; paths start with /v2/models/MODEL or /v1/models/MODEL" (join ", " $models) -}}
daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
# Requests that outlive this at a reload or shutdown are cut.
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

    log_format json escape=json '{"time":"$time_iso8601","request_id":"$prediction_id","method":"$request_method","path":"$uri","status":$status,"seconds":$request_time,"version":"$upstream_http_x_model_version","bytes":$body_bytes_sent}';
    access_log /dev/stdout json;

    # A kept-alive connection that is idle is not closed before this time on a reload or shutdown; its
    # next answer says `Connection: close`. Without it a request on its way meets a closed socket.
    keepalive_min_timeout 15s;
    keepalive_timeout 75s;
    keepalive_requests 100000;
    client_header_timeout 15s;
    client_body_timeout 15s;
    client_max_body_size {{ .root.Values.limits.bodyMiB }}m;
    # Bodies stay in memory: a file would need a writable disk and cost time.
    client_body_buffer_size {{ .root.Values.limits.bodyMiB }}m;
    send_timeout 15s;
    reset_timedout_connection on;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header x-request-id $prediction_id;
    proxy_hide_header x-request-id;
    proxy_connect_timeout {{ .root.Values.limits.connectSeconds }}s;
    proxy_read_timeout {{ .root.Values.limits.answerSeconds }}s;
    proxy_send_timeout {{ .root.Values.limits.answerSeconds }}s;
    # Inference changes nothing, so a POST may be repeated.
    proxy_next_upstream error timeout non_idempotent;
    proxy_next_upstream_tries 2;
    add_header x-request-id $prediction_id always;

    # The caller's id when it is safe to write into logs and headers, else one of ours.
    map $http_x_request_id $prediction_id {
        "~^[A-Za-z0-9._:-]{1,128}$" $http_x_request_id;
        default $request_id;
    }
{{ include "gateway.routes" .root | trim | indent 4 }}

    server {
        listen 8080 backlog=4096;
        error_page 404 @not_found;
        error_page 413 @too_large;
        error_page 502 @unreachable;
        error_page 503 @unavailable;
        error_page 504 @timed_out;

        location = /v2 {
            return 200 {{ include "gateway.json" (dict "name" "mlops-gateway" "version" .root.Chart.Version "extensions" list) }};
        }
        location = /v2/health/live {
            return 200 '{"live":true}';
        }
        location = /v2/health/ready {
            return 200 '{"ready":true}';
        }
        location = /gateway/config {
            access_log off;
            return 200 '{"hash":"{{ .hash }}","pod":"$hostname"}';
        }
{{ include "gateway.locations" .root | trim | indent 8 }}
        location / {
            return 404 {{ include "gateway.json" (dict "error" (ternary $other $none (gt (len $models) 0)) "models" $models) }};
        }

        location @not_found {
            return 404 {{ include "gateway.json" (dict "error" $other "models" $models) }};
        }
        location @too_large {
            return 413 {{ include "gateway.json" (dict "error" (printf "request body larger than %d MiB; send fewer rows per request" (int .root.Values.limits.bodyMiB))) }};
        }
        location @unreachable {
            return 502 {{ include "gateway.json" (dict "error" "the model's pods do not answer; see mlops status") }};
        }
        location @unavailable {
            return 503 {{ include "gateway.json" (dict "error" "the model is not available now; see mlops status") }};
        }
        location @timed_out {
            return 504 {{ include "gateway.json" (dict "error" (printf "no answer from the model within %d s; send fewer rows per request or raise limits.answerSeconds" (int .root.Values.limits.answerSeconds))) }};
        }
    }

    server {
        listen 8081;
        access_log off;
        location = /stub_status {
            stub_status;
        }
        location = /ready {
            return 200 '{"ready":true}';
        }
        location / {
            return 404 '{"error":"not found; paths: /stub_status, /ready"}';
        }
    }
}
{{- end }}

{{/* Identifies a configuration by its content; the CLI compares it with what /gateway/config answers. */}}
{{- define "gateway.hash" -}}
{{ include "gateway.nginx" (dict "root" . "hash" "") | sha256sum | trunc 16 }}
{{- end }}
