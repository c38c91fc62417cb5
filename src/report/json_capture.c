/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_connection.h"

static bool link_type_is_new(const struct capture_info *capture, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (capture->interfaces[i].link_type == capture->interfaces[index].link_type) {
            return false;
        }
    }
    return true;
}

static void json_link_types(struct emitter *json, const struct capture_info *capture) {
    char name[LINK_TYPE_NAME_SIZE];

    emit_key(json, "link_types");
    emit_array_begin(json);
    for (size_t i = 0; i < capture->interface_count; i++) {
        if (link_type_is_new(capture, i)) {
            emit_string(json, capture_link_type_name(capture->interfaces[i].link_type, name));
        }
    }
    emit_array_end(json);
}

static void json_interfaces(struct emitter *json, const struct capture_info *capture) {
    char name[LINK_TYPE_NAME_SIZE];

    emit_key(json, "interfaces");
    emit_array_begin(json);
    for (size_t i = 0; i < capture->interface_count; i++) {
        emit_object_begin(json);
        emit_key(json, "name");
        emit_string(json, capture->interfaces[i].name);
        emit_key(json, "link_type");
        emit_string(json, capture_link_type_name(capture->interfaces[i].link_type, name));
        json_unsigned(json, "snaplen", capture->interfaces[i].snaplen);
        emit_key(json, "dropped");
        if (capture->interfaces[i].drops_known) {
            emit_unsigned(json, capture->interfaces[i].dropped);
        } else {
            emit_null(json);
        }
        emit_object_end(json);
    }
    emit_array_end(json);
}

static void json_capture_error(struct emitter *json, const struct capture_info *capture) {
    emit_key(json, "error");
    if (!capture->failed) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    emit_key(json, "offset");
    if (capture->error_offset_known) {
        emit_unsigned(json, capture->error_offset);
    } else {
        emit_null(json);
    }
    emit_key(json, "message");
    emit_string(json, capture->error != NULL ? capture->error : "");
    emit_object_end(json);
}

static void json_capture_extent(struct emitter *json, const struct capture_info *capture) {
    json_unsigned(json, "first_frame", capture->first_frame);
    json_unsigned(json, "frames", capture->frames);
    json_unsigned(json, "bytes", capture->bytes);
    emit_key(json, "first_time");
    if (capture->frames == 0) {
        emit_null(json);
        emit_key(json, "last_time");
        emit_null(json);
        return;
    }
    json_timestamp(json, capture->first_time);
    emit_key(json, "last_time");
    json_timestamp(json, capture->last_time);
}

void json_capture_members(struct emitter *json, const struct capture_info *capture) {
    emit_key(json, "path");
    emit_string(json, capture->path);
    emit_key(json, "format");
    emit_string(json, capture->format);
    emit_key(json, "compression");
    emit_string(json, capture->compression);
    json_link_types(json, capture);
    json_interfaces(json, capture);
    json_capture_extent(json, capture);
    json_bool(json, "truncated", capture->truncated);
    json_capture_error(json, capture);
    emit_key(json, "dropped_by_kernel");
    if (capture->drops_known) {
        emit_unsigned(json, capture->dropped_by_kernel);
    } else {
        emit_null(json);
    }
}
