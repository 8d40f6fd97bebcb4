{{/* Without the password: libpq reads PGPASSWORD. Call with a dict: database, name. */}}
{{- define "mlflow.databaseUri" -}}
postgresql+{{ .database.driver }}://{{ .database.user }}@{{ .database.host }}:5432/{{ .name }}
{{- end }}
