{{/* SPDX-License-Identifier: AGPL-3.0-or-later */}}
{{/* Names, labels, and what every pod has in common. */}}

{{- define "commoncare.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "commoncare.selector" -}}
app.kubernetes.io/name: commoncare
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "commoncare.labels" -}}
{{ include "commoncare.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "commoncare.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "commoncare.name" .) .Values.serviceAccount.name }}
{{- else }}{{ default "default" .Values.serviceAccount.name }}{{ end -}}
{{- end }}

{{- define "commoncare.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ end -}}
{{- end }}

{{- define "commoncare.nodeKeySecret" -}}
{{- default (printf "%s-node-key" (include "commoncare.name" .)) .Values.keys.existingSecret -}}
{{- end }}

{{- define "commoncare.rootsSecret" -}}
{{- default (printf "%s-roots" (include "commoncare.name" .)) .Values.keys.existingRootsSecret -}}
{{- end }}

{{- define "commoncare.backups" -}}
{{- default (printf "%s-backups" (include "commoncare.name" .)) .Values.backup.existingClaim -}}
{{- end }}

{{- define "commoncare.backingUp" -}}
{{- if .Values.backup.recipients }}yes{{ end -}}
{{- end }}

{{/* One process has everything: the database is a file. */}}
{{- define "commoncare.embedded" -}}
{{- if eq .Values.database.mode "sqlite" }}yes{{ end -}}
{{- end }}

{{/* Where the database's address stands: a Secret's name and key. */}}
{{- define "commoncare.databaseSecret" -}}
{{- if eq .Values.database.mode "cloudnativepg" }}{{ include "commoncare.name" . }}-db-app
{{- else }}{{ .Values.database.external.existingSecret }}{{ end -}}
{{- end }}

{{- define "commoncare.databaseKey" -}}
{{- if eq .Values.database.mode "cloudnativepg" }}uri{{ else }}{{ .Values.database.external.key }}{{ end -}}
{{- end }}

{{/* What is wrong with the values although their schema allows it, in a sentence each. */}}
{{- define "commoncare.check" -}}
{{- if and (eq .Values.database.mode "external") (not .Values.database.external.existingSecret) }}
{{- fail "database.external.existingSecret: name the Secret that holds the address of your PostgreSQL." }}
{{- end }}
{{- if and .Values.ingress.enabled .Values.gateway.enabled }}
{{- fail "ingress.enabled and gateway.enabled: choose one of the two ways in." }}
{{- end }}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) }}
{{- fail "gateway.parentRefs: name the Gateway to hang on." }}
{{- end }}
{{- if and .Values.web.autoscaling.enabled (eq .Values.database.mode "sqlite") }}
{{- fail "web.autoscaling: with sqlite there is one process; choose cloudnativepg or external for more." }}
{{- end }}
{{- if and .Values.web.autoscaling.enabled (gt (int .Values.web.autoscaling.min) (int .Values.web.autoscaling.max)) }}
{{- fail "web.autoscaling: min is above max." }}
{{- end }}
{{- if and .Values.backup.drill.enabled (not .Values.backup.drill.existingSecret) }}
{{- fail "backup.drill.existingSecret: name the Secret with the key that opens the backups." }}
{{- end }}
{{- if and .Values.backup.drill.enabled (not .Values.backup.recipients) }}
{{- fail "backup.recipients: there is no backup to try until there is a key to lock it with." }}
{{- end }}
{{- range .Values.patch }}
{{- if not (hasKey $.Values.areas .) }}
{{- fail (printf "patch: %s is not in areas." .) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "commoncare.podLabels" -}}
{{ include "commoncare.selector" . }}
{{- with .Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* A change of the settings starts the pods anew. */}}
{{- define "commoncare.podAnnotations" -}}
checksum/settings: {{ include "commoncare.settings" . | sha256sum }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Nothing of the machine, nothing of the cluster, nobody in particular. */}}
{{- define "commoncare.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
serviceAccountName: {{ include "commoncare.serviceAccount" . }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- end }}

{{- define "commoncare.container" -}}
image: {{ include "commoncare.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "commoncare.env" -}}
- name: COMMONCARE_DIR
  value: /var/lib/commoncare
{{- if not (include "commoncare.embedded" .) }}
- name: COMMONCARE_DATABASE
  valueFrom:
    secretKeyRef:
      name: {{ include "commoncare.databaseSecret" . }}
      key: {{ include "commoncare.databaseKey" . }}
{{- end }}
{{- end }}

{{/* Mounts of every container; the folder itself is each pod's own matter. */}}
{{- define "commoncare.mounts" -}}
- {name: folder, mountPath: /var/lib/commoncare}
- {name: settings, mountPath: /var/lib/commoncare/commoncare.yaml, subPath: commoncare.yaml, readOnly: true}
- {name: settings, mountPath: /etc/commoncare, readOnly: true}
- {name: node-key, mountPath: /run/secrets/commoncare, readOnly: true}
{{- if .Values.mail.existingSecret }}
- {name: mail, mountPath: /run/secrets/commoncare-mail, readOnly: true}
{{- end }}
- {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "commoncare.volumes" -}}
- name: settings
  configMap: {name: {{ include "commoncare.name" . }}}
- name: node-key
  secret: {secretName: {{ include "commoncare.nodeKeySecret" . }}, defaultMode: 0400}
{{- if .Values.mail.existingSecret }}
- name: mail
  secret: {secretName: {{ .Values.mail.existingSecret }}, defaultMode: 0400}
{{- end }}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- end }}

{{/* Brings the database to this version before a pod's own work; with `roots` it may found the node. Arguments: list . roots */}}
{{- define "commoncare.begin" -}}
{{- $ := index . 0 -}}
- name: begin
  {{- include "commoncare.container" $ | nindent 2 }}
  args: [cluster, begin{{ if index . 1 }}, --roots, /run/secrets/commoncare-roots{{ end }}]
  env: {{- include "commoncare.env" $ | nindent 4 }}
  resources:
    requests: {cpu: 50m, memory: 128Mi}
    limits: {memory: 512Mi}
  volumeMounts:
    {{- include "commoncare.mounts" $ | nindent 4 }}
    {{- if index . 1 }}
    - {name: roots, mountPath: /run/secrets/commoncare-roots, readOnly: true}
    {{- end }}
{{- end }}

{{/* Until it has answered once, nothing kills it: a big database may take its time. */}}
{{- define "commoncare.probes" -}}
startupProbe:
  httpGet: {path: /health/live, port: http}
  periodSeconds: 5
  failureThreshold: 120
livenessProbe:
  httpGet: {path: /health/live, port: http}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /health/ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{- define "commoncare.spread" -}}
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "commoncare.selector" $ | nindent 8 }}
        app.kubernetes.io/component: web
{{- end }}
{{- end }}

{{/* commoncare.yaml as every pod reads it. No secret stands in it. */}}
{{- define "commoncare.settings" -}}
node_id: {{ .Values.nodeId | quote }}
{{- with .Values.address }}
address: {{ . | quote }}
{{- end }}
host: 0.0.0.0
port: 8100
proxies: {{ .Values.proxies | quote }}
metrics_host: 0.0.0.0
metrics_port: 9100
node_key_file: /run/secrets/commoncare/node.key
{{- if not (include "commoncare.embedded" .) }}
instance_file: ""
{{- end }}
log_level: {{ .Values.logs.level }}
log_format: json
co_op:
  name: {{ .Values.coOp.name | quote }}
  phone: {{ .Values.coOp.phone | quote }}
  nation: {{ .Values.coOp.nation }}
  tint: {{ .Values.coOp.tint | quote }}
  leaf: {{ .Values.coOp.leaf | quote }}
  exit_to: {{ .Values.coOp.exitTo | quote }}
  night_mail: {{ .Values.coOp.nightMail }}
{{- if .Values.areas }}
areas_file: /etc/commoncare/areas.yaml
patch: {{- toYaml .Values.patch | nindent 2 }}
{{- end }}
{{- if .Values.mail.host }}
mail:
  host: {{ .Values.mail.host | quote }}
  port: {{ .Values.mail.port }}
  sender: {{ .Values.mail.sender | quote }}
  username: {{ .Values.mail.username | quote }}
  security: {{ .Values.mail.security }}
  {{- if .Values.mail.existingSecret }}
  password_file: /run/secrets/commoncare-mail/password
  {{- end }}
{{- end }}
{{- if .Values.backup.recipients }}
backup:
  folder: /var/lib/commoncare/backups
  recipients: {{- toYaml .Values.backup.recipients | nindent 4 }}
{{- end }}
{{- end }}
