{{/* app.kubernetes.io/name of set-up pods, as a JSON array. */}}
{{- define "postgres.jobs" -}}
{{- $jobs := list -}}
{{- if or .Values.databases .Values.ci.enabled }}{{ $jobs = append $jobs "postgres-databases" }}{{ end -}}
{{- if .Values.predictionLog.enabled }}{{ $jobs = append $jobs "postgres-migrations" }}{{ end -}}
{{- if include "postgres.quality" . }}{{ $jobs = append $jobs "postgres-quality-migrations" }}{{ end -}}
{{- toJson $jobs -}}
{{- end }}

{{/* The databases to create, as JSON: those of the values, and the CI's where there is a CI. */}}
{{- define "postgres.allDatabases" -}}
{{- $ci := .Values.ci -}}
{{- if $ci.enabled -}}
{{- append .Values.databases (dict "name" $ci.database "owner" $ci.database "passwordKey" $ci.passwordKey) | toJson -}}
{{- else -}}
{{- .Values.databases | toJson -}}
{{- end -}}
{{- end }}

{{/* Whether there are tables of labels, which are joined with the prediction log. */}}
{{- define "postgres.quality" -}}
{{- if and .Values.predictionLog.enabled .Values.quality.enabled }}true{{ end -}}
{{- end }}

{{/*
A Job that runs migrations as the owner of the prediction log. Call with a dict: root, job (its name after the
release's), weight, image, argument, variable (takes the database's address), memory.
*/}}
{{- define "postgres.migration" -}}
{{- $root := .root }}
{{- with .root.Values.predictionLog }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $root.Release.Name }}-{{ $.job }}
  labels: {{- include "common.labels" $root | nindent 4 }}
  annotations:
    helm.sh/hook: post-install,post-upgrade
    # After the Job that creates database and roles.
    helm.sh/hook-weight: {{ $.weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 3
  activeDeadlineSeconds: 240
  template:
    metadata:
      labels:
        app.kubernetes.io/name: postgres-{{ $.job }}
        app.kubernetes.io/instance: {{ $root.Release.Name }}
        app.kubernetes.io/part-of: mlops
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: {{ .uid }}
        runAsGroup: {{ .uid }}
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: migrate
          image: {{ $.image }}
          imagePullPolicy: IfNotPresent
          args: [{{ $.argument }}]
          env:
            - name: {{ $.variable }}
              value: postgres://{{ .owner }}@{{ $root.Release.Name }}:5432/{{ .database }}
            - name: PGPASSWORD
              valueFrom:
                secretKeyRef: { name: {{ $root.Values.credentials.secret }}, key: {{ .passwordKey }} }
          resources:
            requests: { cpu: 50m, memory: {{ $.memory }} }
            limits: { cpu: "1", memory: {{ $.memory }} }
          securityContext: {{- include "common.containerSecurity" $root | nindent 12 }}
{{- end }}
{{- end }}
